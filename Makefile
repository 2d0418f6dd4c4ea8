# Installs the C library (and, with CLI=1, the command) like any other: `make`, then `make install PREFIX=… DESTDIR=…`.
#
#   make              libunstructured_jobs.so and libunstructured_jobs.a, in $(OUT)
#   make install      libraries, headers, pkg-config and CMake files, licences; with CLI=1 the command, its man page
#                     and its completions
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
TARGET  ?=
CROSS   ?=
CLI     ?=
RUN     ?=

VERSION   := $(shell sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
SOVERSION := $(shell sed -n 's/^const ABI_MAJOR: u32 = \(.*\);/\1/p' build.rs)
# what `rustc --print native-static-libs` names; a test compares
NATIVE_LIBS = -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc

TARGET_DIR ?= $(or $(CARGO_TARGET_DIR),target)
BUILT       = $(TARGET_DIR)$(if $(TARGET),/$(TARGET))/ship
OUT        ?= $(BUILT)/lib
BUILT_COMMAND = $(TARGET_DIR)$(if $(TARGET),/$(TARGET))/dist/$(COMMAND)
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
# nothing but the C functions is wanted. FORCE: cargo knows what has changed.
libraries: FORCE
	$(CARGO) rustc $(CARGO_FLAGS) --lib --crate-type cdylib,staticlib
	mkdir -p $(OUT)
	cmp -s $(BUILT)/$(SO) $(OUT)/$(SOFILE) || cp $(BUILT)/$(SO) $(OUT)/$(SOFILE)
	ln -sf $(SOFILE) $(OUT)/$(SONAME)
	ln -sf $(SONAME) $(OUT)/$(SO)
	LD=$(CROSS)ld NM=$(CROSS)nm OBJCOPY=$(CROSS)objcopy AR=$(CROSS)ar \
	    packaging/archive $(BUILT)/$(NAME).a $(OUT)/$(NAME).a

archive: libraries

command: FORCE
	$(CARGO) build --locked --profile dist $(if $(TARGET),--target $(TARGET)) --no-default-features --features cli --bin $(COMMAND)

install: install-libraries $(if $(CLI),install-command)

install-libraries: libraries
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PC) $(DESTDIR)$(CMAKE) $(DESTDIR)$(DOCDIR)
	$(INSTALL) -m 755 $(OUT)/$(SOFILE) $(DESTDIR)$(LIBDIR)/$(SOFILE)
	ln -sf $(SOFILE) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/$(SO)
	$(INSTALL) -m 644 $(OUT)/$(NAME).a $(DESTDIR)$(LIBDIR)/$(NAME).a
	$(INSTALL) -m 644 include/unstructured_jobs.h include/unstructured_jobs.hpp $(DESTDIR)$(INCLUDEDIR)
	for file in unstructured_jobs-config.cmake unstructured_jobs-config-version.cmake; do \
	    $(call fill,packaging/$$file.in) >$(DESTDIR)$(CMAKE)/$$file && chmod 644 $(DESTDIR)$(CMAKE)/$$file || exit; \
	done
	$(call fill,packaging/unstructured_jobs.pc.in) >$(DESTDIR)$(PC)/unstructured_jobs.pc
	chmod 644 $(DESTDIR)$(PC)/unstructured_jobs.pc
	$(INSTALL) -m 644 LICENSE-APACHE LICENSE-MIT CHANGELOG.md $(DESTDIR)$(DOCDIR)

# Relative paths from where the file is to the prefix, so that an installation can be moved as a whole.
fill = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@SOVERSION@|$(SOVERSION)|g' -e 's|@NATIVE_LIBS@|$(NATIVE_LIBS)|g' \
    -e "s|@PREFIX_FROM_PC@|$$(realpath -ms --relative-to=$(PC) $(PREFIX))|g" \
    -e "s|@PREFIX_FROM_CMAKE@|$$(realpath -ms --relative-to=$(CMAKE) $(PREFIX))|g" \
    -e "s|@INCLUDEDIR@|$$(realpath -ms --relative-to=$(PREFIX) $(INCLUDEDIR))|g" $(1)

install-command: command
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) $(DESTDIR)$(FISH_COMPLETIONS)
	$(INSTALL) -m 755 $(BUILT_COMMAND) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 docs/$(COMMAND).1 $(DESTDIR)$(MANDIR)/man1
	$(RUN) $(BUILT_COMMAND) completions bash >$(DESTDIR)$(BASH_COMPLETIONS)/$(COMMAND)
	$(RUN) $(BUILT_COMMAND) completions zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_$(COMMAND)
	$(RUN) $(BUILT_COMMAND) completions fish >$(DESTDIR)$(FISH_COMPLETIONS)/$(COMMAND).fish

uninstall:
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(SO) $(SONAME) $(SOFILE) $(NAME).a) \
	    $(addprefix $(DESTDIR)$(INCLUDEDIR)/,unstructured_jobs.h unstructured_jobs.hpp) \
	    $(DESTDIR)$(PC)/unstructured_jobs.pc $(DESTDIR)$(BINDIR)/$(COMMAND) $(DESTDIR)$(MANDIR)/man1/$(COMMAND).1 \
	    $(DESTDIR)$(BASH_COMPLETIONS)/$(COMMAND) $(DESTDIR)$(ZSH_COMPLETIONS)/_$(COMMAND) \
	    $(DESTDIR)$(FISH_COMPLETIONS)/$(COMMAND).fish
	rm -rf $(DESTDIR)$(CMAKE) $(DESTDIR)$(DOCDIR)

FORCE:

.PHONY: all libraries archive command install install-libraries install-command uninstall FORCE
