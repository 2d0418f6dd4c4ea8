# Installs the C library (and, with CLI=1, the command) like any other: `make`, then `make install PREFIX=… DESTDIR=…`.
#
#   make              libunstructured_jobs.so and libunstructured_jobs.a, in $(OUT)/lib; with CLI=1 the command, in
#                     $(OUT)/bin
#   make install      libraries, headers, pkg-config and CMake files, licences; with CLI=1 the command, its man page
#                     and its completions. What `make` has built is taken as it is, so root needs no cargo
#   make uninstall    removes what the same variables installed
#
# TARGET names another Rust target, with its linker in cargo's variables, its binutils in CROSS (aarch64-linux-gnu-), and
# what runs its programs here, if anything does, in RUN (qemu-aarch64-static).

PREFIX     ?= /usr/local
EXEC_PREFIX ?= $(PREFIX)
LIBDIR     ?= $(EXEC_PREFIX)/lib
BINDIR     ?= $(EXEC_PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DOCDIR     ?= $(DATADIR)/doc/unstructured-jobs
DESTDIR    ?=

CARGO   ?= cargo
INSTALL ?= install
LDCONFIG ?= ldconfig
TARGET  ?=
CROSS   ?=
CLI     ?=
RUN     ?=

VERSION   := $(shell sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
SOVERSION := $(shell sed -n 's/^const ABI_MAJOR: u32 = \(.*\);/\1/p' build.rs)
# what `rustc --print native-static-libs` names; a test compares
NATIVE_LIBS = -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc

# where cargo builds, which CARGO_TARGET_DIR decides; and where the result is, which it does not: root's environment, in
# which `make install` may run, is another one
TARGET_DIR ?= $(or $(CARGO_TARGET_DIR),target)
BUILT       = $(TARGET_DIR)$(if $(TARGET),/$(TARGET))
OUT        ?= target$(if $(TARGET),/$(TARGET))/ship
CARGO_FLAGS = --locked --profile ship $(if $(TARGET),--target $(TARGET))

NAME   = libunstructured_jobs
SO     = $(NAME).so
SONAME = $(SO).$(SOVERSION)
SOFILE = $(SO).$(VERSION)
COMMAND = unstructured-jobs

PC    = $(LIBDIR)/pkgconfig
CMAKE = $(LIBDIR)/cmake/unstructured_jobs
BASH_COMPLETIONS = $(DATADIR)/bash-completion/completions
ZSH_COMPLETIONS  = $(DATADIR)/zsh/site-functions
FISH_COMPLETIONS = $(DATADIR)/fish/vendor_completions.d

all: libraries $(if $(CLI),command)

# Both libraries in one go and without the Rust library beside them: only then does link-time optimisation know that
# nothing but the C functions is wanted. FORCE: cargo knows what has changed. The archive comes last: it is the sign that
# all is there.
libraries: FORCE
	$(have_cargo)
	$(CARGO) rustc $(CARGO_FLAGS) --lib --crate-type cdylib,staticlib
	mkdir -p $(OUT)/lib
	$(INSTALL) -m 755 $(BUILT)/ship/$(SO) $(OUT)/lib/$(SOFILE)
	ln -sf $(SOFILE) $(OUT)/lib/$(SONAME)
	ln -sf $(SONAME) $(OUT)/lib/$(SO)
	LD=$(CROSS)ld NM=$(CROSS)nm OBJCOPY=$(CROSS)objcopy AR=$(CROSS)ar \
	    packaging/archive $(BUILT)/ship/$(NAME).a $(OUT)/lib/$(NAME).a

archive: libraries

command: FORCE
	$(have_cargo)
	$(CARGO) build --locked --profile dist $(if $(TARGET),--target $(TARGET)) --no-default-features --features cli --bin $(COMMAND)
	mkdir -p $(OUT)/bin
	$(INSTALL) -m 755 $(BUILT)/dist/$(COMMAND) $(OUT)/bin/$(COMMAND)

have_cargo = @command -v $(CARGO) >/dev/null || { echo "make: there is no $(CARGO) on the path, and $(OUT) is missing or \
	older than the sources: run 'make$(if $(CLI), CLI=1)' as a user who has it, then 'make install' again" >&2; exit 1; }

# What `make install` finds up to date is not built again.
SOURCES := Cargo.toml Cargo.lock build.rs packaging/archive $(shell find src build include -type f)

$(OUT)/lib/$(NAME).a: $(SOURCES)
	$(MAKE) libraries

$(OUT)/bin/$(COMMAND): $(SOURCES)
	$(MAKE) command

install: install-libraries $(if $(CLI),install-command)

install-libraries: $(OUT)/lib/$(NAME).a
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PC) $(DESTDIR)$(CMAKE) $(DESTDIR)$(DOCDIR)
	$(INSTALL) -m 755 $(OUT)/lib/$(SOFILE) $(DESTDIR)$(LIBDIR)/$(SOFILE)
	ln -sf $(SOFILE) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/$(SO)
	$(INSTALL) -m 644 $(OUT)/lib/$(NAME).a $(DESTDIR)$(LIBDIR)/$(NAME).a
	$(INSTALL) -m 644 include/unstructured_jobs.h include/unstructured_jobs.hpp $(DESTDIR)$(INCLUDEDIR)
	for file in unstructured_jobs-config.cmake unstructured_jobs-config-version.cmake; do \
	    $(call fill,packaging/$$file.in) >$(DESTDIR)$(CMAKE)/$$file && chmod 644 $(DESTDIR)$(CMAKE)/$$file || exit; \
	done
	$(call fill,packaging/unstructured_jobs.pc.in) >$(DESTDIR)$(PC)/unstructured_jobs.pc
	chmod 644 $(DESTDIR)$(PC)/unstructured_jobs.pc
	$(INSTALL) -m 644 LICENSE-APACHE LICENSE-MIT CHANGELOG.md $(DESTDIR)$(DOCDIR)
	$(if $(DESTDIR),,$(tell_the_loader))

# Where the loader looks, programs find the library once its cache knows of it; elsewhere they have to be told.
tell_the_loader = @PATH=$$PATH:/usr/sbin:/sbin; [ "$$(id -u)" != 0 ] || ! $(LDCONFIG) 2>/dev/null; \
	if ! $(LDCONFIG) -p 2>/dev/null | grep -q ' $(LIBDIR)/$(SONAME)$$'; then \
	    echo 'The loader does not look here by itself. In the shell that builds and runs programs:'; \
	    echo '  export PKG_CONFIG_PATH=$(abspath $(PC)) LD_LIBRARY_PATH=$(abspath $(LIBDIR))'; \
	fi

# Relative paths from where the file is to the prefix, so that an installation can be moved as a whole.
fill = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@SOVERSION@|$(SOVERSION)|g' -e 's|@NATIVE_LIBS@|$(NATIVE_LIBS)|g' \
    -e "s|@PREFIX_FROM_PC@|$$(realpath -ms --relative-to=$(PC) $(PREFIX))|g" \
    -e "s|@PREFIX_FROM_CMAKE@|$$(realpath -ms --relative-to=$(CMAKE) $(PREFIX))|g" \
    -e "s|@INCLUDEDIR@|$$(realpath -ms --relative-to=$(PREFIX) $(INCLUDEDIR))|g" $(1)

install-command: $(OUT)/bin/$(COMMAND)
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) $(DESTDIR)$(FISH_COMPLETIONS)
	$(INSTALL) -m 755 $(OUT)/bin/$(COMMAND) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 docs/$(COMMAND).1 $(DESTDIR)$(MANDIR)/man1
	$(RUN) $(OUT)/bin/$(COMMAND) completions bash >$(DESTDIR)$(BASH_COMPLETIONS)/$(COMMAND)
	$(RUN) $(OUT)/bin/$(COMMAND) completions zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_$(COMMAND)
	$(RUN) $(OUT)/bin/$(COMMAND) completions fish >$(DESTDIR)$(FISH_COMPLETIONS)/$(COMMAND).fish

uninstall:
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(SO) $(SONAME) $(SOFILE) $(NAME).a) \
	    $(addprefix $(DESTDIR)$(INCLUDEDIR)/,unstructured_jobs.h unstructured_jobs.hpp) \
	    $(DESTDIR)$(PC)/unstructured_jobs.pc $(DESTDIR)$(BINDIR)/$(COMMAND) $(DESTDIR)$(MANDIR)/man1/$(COMMAND).1 \
	    $(DESTDIR)$(BASH_COMPLETIONS)/$(COMMAND) $(DESTDIR)$(ZSH_COMPLETIONS)/_$(COMMAND) \
	    $(DESTDIR)$(FISH_COMPLETIONS)/$(COMMAND).fish
	rm -rf $(DESTDIR)$(CMAKE) $(DESTDIR)$(DOCDIR)

FORCE:

.PHONY: all libraries archive command install install-libraries install-command uninstall FORCE
