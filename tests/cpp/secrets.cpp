// What the wrapper does with a key and a proxy's password: no block of memory that it gives back still holds them.

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>

#include "unstructured_jobs.hpp"

static const char *secret = nullptr;
static int left_behind = 0;
static int looked_at = 0;

// Each block is preceded by its size, as far from the program as alignment wants.
static constexpr std::size_t before = alignof(std::max_align_t);

void *operator new(std::size_t size) {
    char *block = static_cast<char *>(std::malloc(before + size));
    if (block == nullptr) throw std::bad_alloc();
    std::memcpy(block, &size, sizeof size);
    return block + before;
}

void operator delete(void *pointer) noexcept {
    if (pointer == nullptr) return;
    char *block = static_cast<char *>(pointer) - before;
    std::size_t size = 0;
    std::memcpy(&size, block, sizeof size);
    if (secret != nullptr) {
        looked_at++;
        if (std::string_view(static_cast<char *>(pointer), size).find(secret) != std::string_view::npos) left_behind++;
    }
    std::free(block);
}

void operator delete(void *pointer, std::size_t) noexcept { ::operator delete(pointer); }

int main() {
    secret = "0123456789-a-secret-that-is-too-long-to-be-kept-within-a-std-string";
    const std::string proxy = std::string("http://user:") + secret + "@127.0.0.1:1";
    int sound = 0;
    {
        // the test can see what it looks for
        const std::string copy = secret;
        sound = left_behind;
    }
    const bool sees = left_behind == sound + 1;
    left_behind = looked_at = 0;
    { const auto settings = unstructured::config().api_key(secret).proxy(proxy); }
    try {
        unstructured::config().api_key(std::string_view(secret, std::strlen(secret) + 1)); // with the NUL
    } catch (const unstructured::error &) {
    }
    if (!sees || looked_at == 0 || left_behind != 0) {
        std::cerr << left_behind << " of " << looked_at << " blocks still hold the secret\n";
        return 1;
    }
    std::cout << "all passed\n";
    secret = nullptr;
    return 0;
}
