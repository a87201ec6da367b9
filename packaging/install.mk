# Installing, and making packages: systemd/README.md says what goes where.

# The distribution's Python, not one that somebody's shell puts first: what is installed is everybody's.
SYSTEM_PYTHON ?= $(realpath /usr/bin/python3)
PREFIX ?= /usr/local
DEPENDENCIES ?= private
BYTECODE ?= yes
system_version := $(shell $(SYSTEM_PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
WHEELS ?= $(abspath $(BUILD))/wheels-$(system_version)
# Where the distribution keeps PAM's modules.
MODULES ?= $(firstword $(patsubst %/,%,$(dir $(wildcard $(addsuffix /pam_deny.so,/usr/lib/$(shell gcc -print-multiarch)/security /usr/lib64/security /usr/lib/security)))) /usr/lib/security)
ZSH ?= $(if $(wildcard /etc/debian_version),vendor-completions,site-functions)
# What has the lines that look at an account, for the service that comes with us.
ACCOUNTS ?= $(if $(wildcard /etc/pam.d/common-account),common-account,system-auth)

INSTALL_PACKAGES := gcc make libc6-dev libpam0g-dev python3-venv scdoc
WHEEL_PACKAGES := $(INSTALL_PACKAGES) pkg-config python3-dev libgirepository1.0-dev
# What the packages are built with stands in their own list; that what the wheels' libraries link is there, too.
DEB_PACKAGES := $(INSTALL_PACKAGES) debhelper fakeroot dpkg-dev $(shell sed -n '/^Build-Depends:/,/^$$/s/^ \([a-z0-9.+-]*\),.*/\1/p' packaging/debian/control | grep -v '^d[eh]')

export DESTDIR PREFIX DEPENDENCIES BYTECODE MODULES ZSH ACCOUNTS

.PHONY: lock wheels install uninstall deb rpm arch check-packages

wheels: $(WHEELS)/complete ## fetch or build all wheels of an installation into build/wheels-…, by hash: the only step with a network

$(WHEELS)/complete: packaging/requirements.lock packaging/build.lock packaging/wheels.sh
	@tests/packages.sh $(WHEEL_PACKAGES)
	packaging/wheels.sh $(SYSTEM_PYTHON) $(WHEELS)

lock: ## renew the versions and hashes of packaging/*.lock
	packaging/lock.sh $(SYSTEM_PYTHON) $(abspath $(BUILD))

install: $(if $(filter private,$(DEPENDENCIES)),$(WHEELS)/complete) man completions ## install, below DESTDIR (nothing) and PREFIX (/usr/local), as root; DEPENDENCIES=distribution takes its Python packages
	@packaging/needed.sh
	$(MAKE) -C pam BUILD=$(abspath $(BUILD))/pam
	PYTHON=$(SYSTEM_PYTHON) WHEELS=$(WHEELS) BUILD=$(abspath $(BUILD)) DOOR=$(abspath $(BUILD))/pam/pam_facelatch.so packaging/install.sh

uninstall: ## take out what `make install` put there, and leave data; PURGE=1 leaves nothing
	PURGE=$(PURGE) packaging/uninstall.sh

deb: $(WHEELS)/complete ## Debian packages into build/deb, from the wheels and without a network
	@tests/packages.sh $(DEB_PACKAGES)
	packaging/deb.sh $(WHEELS) $(abspath $(BUILD))/deb

rpm: $(WHEELS)/complete ## an RPM package into build/rpm, from the same `make install`
	packaging/rpm.sh $(WHEELS) $(abspath $(BUILD))/rpm

arch: $(WHEELS)/complete ## an Arch package into build/arch, from the same `make install`
	packaging/arch.sh $(SYSTEM_PYTHON) $(WHEELS) $(abspath $(BUILD))/arch

check-packages: deb $(BUILD)/test.ready ## hold the Debian packages to their file lists, lintian and their checks; run what is in them
	@tests/packages.sh lintian desktop-file-utils appstream systemd
	FACELATCH_PACKAGES=$(abspath $(BUILD))/deb $(RUN) -m pytest tests/packaging
