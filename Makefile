# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
BUILD := build

# What is not Python: a compiler and libpam's headers for the door, the wrappers that make a real PAM transaction possible
# without touching /etc, a message bus, and what PyGObject is built with. Tests want clang as a second opinion, a real sudo,
# a real polkitd and a mocked one, and what Qt needs without a screen.
DEMO_PACKAGES := gcc make libc6-dev libpam0g-dev libpam-wrapper libnss-wrapper python3-venv \
	dbus-daemon pkg-config python3-dev libgirepository1.0-dev libcairo2-dev
QT_PACKAGES := libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3
TEST_PACKAGES := $(DEMO_PACKAGES) clang clang-tools libclang-rt-14-dev systemd sudo util-linux \
	swtpm libtss2-tcti-swtpm0 polkitd python3-dbusmock libxml2-utils desktop-file-utils appstream \
	libdbus-1-dev $(QT_PACKAGES) fonts-dejavu-core scdoc mandoc man-db zsh fish \
	i3lock xsecurelock xvfb xdotool shellcheck
BENCH_PACKAGES := valgrind
VM_PACKAGES := qemu-system-x86 swtpm mmdebstrap e2fsprogs

# What the tests and the demo are told about the machine they run on.
export FACELATCH_SHARED ?= $(abspath ../shared)
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help demo test check door packs faces evaluate evaluation train-smoke fuzz bench siege window screens stall translations vm-test vm-smoke clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(sort $(MAKEFILE_LIST)) | sed 's/:.*## /\t/' | expand -t 12

demo: $(BUILD)/demo.ready door packs $(if $(CAMERA)$(wildcard $(FACELATCH_SHARED)/data),,faces) ## enrol a face and open a door with it, step by step (CAMERA=/dev/video0 for your own)
	$(RUN) -m tests.demo $(if $(CAMERA),--camera $(CAMERA))

test: $(BUILD)/test.ready door packs faces check ## everything that is checked without a machine of its own
	$(RUN) -m pytest

check: $(BUILD)/test.ready ## style, types, import arrows, C under two compilers, units, XML, shell
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(MAKE) -C pam check BUILD=$(abspath $(BUILD))/pam
	$(RUN) -m tests.check_units
	$(RUN) -m tests.check_files
	shellcheck tests/packages.sh packaging/*.sh $(addprefix packaging/debian/*.,postinst postrm prerm)

door: $(BUILD)/demo.ready ## build pam_facelatch.so into build/pam
	$(MAKE) -C pam BUILD=$(abspath $(BUILD))/pam

packs: $(BUILD)/demo.ready ## build the best pack that can be had here into build/packs: `open` from FACELATCH_SHARED, else `classic` if it beats ours
	$(RUN) -m tests.packs --to $(BUILD)/packs

faces: $(BUILD)/demo.ready ## fetch a few portraits into build/pictures, to be shown where there is nothing else
	@[ -d $(BUILD)/pictures ] || $(RUN) -m tests.pictures --to $(BUILD)/pictures

evaluate: $(BUILD)/test.ready packs ## figures on pictures nobody has trained on
	$(VENV)/bin/facelatch-models evaluate --pack $(BUILD)/packs/open --data "$(FACELATCH_SHARED)/data/lfw/dev" \
		--suspects "$(FACELATCH_SHARED)/data/lfw/suspect_label_pairs.json" --cache $(BUILD)/vectors
	$(VENV)/bin/facelatch-models evaluate --pack $(BUILD)/packs/open --what liveness --data "$(FACELATCH_SHARED)/data/nuaa"
	$(VENV)/bin/facelatch-models evaluate --pack $(BUILD)/packs/open --what liveness --data "$(FACELATCH_SHARED)/data/lfw/train" --refuse 0.05
	$(VENV)/bin/facelatch-models evaluate --pack $(BUILD)/packs/open --what eyes --data "$(FACELATCH_SHARED)/data/faces/utkface.zip" --refuse 0.005
	$(VENV)/bin/facelatch-models evaluate --pack $(BUILD)/packs/open --what eyes --data "$(FACELATCH_SHARED)/data/lfw/dev"
	$(VENV)/bin/facelatch-models evaluate --pack $(BUILD)/packs/open --what eyes --data "$(FACELATCH_SHARED)/data/nuaa/live"
	$(RUN) -m tests.bench.transactions --pack $(BUILD)/packs/open --data "$(FACELATCH_SHARED)/data/nuaa"
	$(RUN) -m tests.bench.attacks --pack $(BUILD)/packs/open --data "$(FACELATCH_SHARED)/data/nuaa"
	$(RUN) -m tests.bench.gestures --pack $(BUILD)/packs/open --data "$(FACELATCH_SHARED)/data/nuaa" \
		--looks "$(FACELATCH_SHARED)/data/lfw/train"

evaluation: $(BUILD)/test.ready packs ## measure all packs side by side and write docs/evaluation.md
	@for pack in classic buffalo_sc; do [ -f $(BUILD)/packs/$$pack/pack.toml ] || \
		$(VENV)/bin/facelatch pack build $$pack $$([ $$pack = classic ] || echo --from "$(FACELATCH_SHARED)/models") --to $(BUILD)/packs || exit 1; done
	$(RUN) -m tests.bench.evaluation --packs $(BUILD)/packs --data "$(FACELATCH_SHARED)/data" --cache $(BUILD)/vectors \
		--json $(BUILD)/evaluation/evaluation.json --to docs

train-smoke: $(BUILD)/test.ready ## a few steps of every training, export, and proof that the exported file is the network
	@# 2.13.0 also satisfies the extra; said apart, because a build for processors only may be at hand under that version
	$(VENV)/bin/python -c 'import torch' 2>/dev/null || $(RUN) -m pip install -qq --disable-pip-version-check torch==2.13.0
	$(RUN) -m pip install -qq --disable-pip-version-check --no-warn-conflicts --editable '.[train]'
	$(RUN) -m pytest tests/unit/facelatch_models/train

fuzz: $(BUILD)/test.ready ## throw rubbish at the door (lines, whole conversations) and at the parsers of judge and eye, a minute each
	$(MAKE) -C pam fuzz BUILD=$(abspath $(BUILD))/pam
	$(RUN) -m tests.fuzz.soak --seconds 60

bench: $(BUILD)/test.ready door packs $(if $(wildcard $(FACELATCH_SHARED)/data),,faces) ## how fast it is beside its peers, in some twelve minutes; QUICK=1, ONLY="unlock door", PAGE=docs/performance.md
	@tests/packages.sh $(BENCH_PACKAGES)
	@# --no-deps: it asks for dlib's sources, which dlib-bin stands in for
	$(RUN) -m pip install -qq --disable-pip-version-check --no-deps 'face_recognition>=1.3'
	$(RUN) -m tests.bench.speed --json $(BUILD)/bench/bench.json --page $(BUILD)/bench/bench.md \
		$(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY)) $(if $(PAGE),--write $(PAGE))

siege: $(BUILD)/test.ready door packs ## a thousand hostile connections while a face opens: what becomes of its time
	$(RUN) -m tests.bench.siege --pack $(BUILD)/packs/open

window: $(BUILD)/demo.ready ## install what the window needs beside the demo; it is .venv/bin/facelatch-settings
	@tests/packages.sh $(QT_PACKAGES) libxcb-cursor0
	$(RUN) -m pip install -qq --disable-pip-version-check --no-warn-conflicts --editable '.[gui]'

screens: $(BUILD)/test.ready ## pictures of every page of the window into build/screens: light and dark, 100 and 200 %
	$(RUN) -m tests.gui.screens

stall: $(BUILD)/test.ready packs ## how smooth the window's preview is, before the real daemon
	$(RUN) -m tests.gui.stall

translations: $(BUILD)/test.ready ## bring the window's texts into its translations, and compile these
	cd gui/facelatch_gui && sources=$$(find . -name '*.py' | sort) && for language in de zh_CN en; do \
		plurals=$$([ $$language = en ] && echo -pluralonly); \
		../../$(VENV)/bin/pyside6-lupdate $$sources $$plurals -no-obsolete -locations none -source-language en \
			-target-language $$language -ts translations/facelatch_$$language.ts && \
		../../$(VENV)/bin/pyside6-lrelease translations/facelatch_$$language.ts || exit 1; done

vm-test: $(BUILD)/test.ready deb packs $(BUILD)/vm/disk ## install our packages in a virtual machine and use it as people do, as root; SHORT=1, SCENARIOS="sudo i3lock"
	$(RUN) -m tests.vm.run $(if $(SHORT),--short) $(SCENARIOS)
	$(if $(SHORT)$(SCENARIOS),,$(RUN) -m tests.vm.run --checks)

vm-smoke: $(BUILD)/test.ready deb packs $(BUILD)/vm/disk ## the short form of vm-test
	$(RUN) -m tests.vm.run --short

include $(wildcard packaging/install.mk docs/man/man.mk)

clean: ## remove what was built here
	rm -rf $(BUILD) $(VENV) *.egg-info

$(BUILD)/demo.ready: pyproject.toml Makefile
	@tests/packages.sh $(DEMO_PACKAGES)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install python3"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install -qq --disable-pip-version-check --no-warn-conflicts --editable '.[convert]'
	@mkdir -p $(BUILD) && touch $@

$(BUILD)/test.ready: $(BUILD)/demo.ready pyproject.toml Makefile
	@tests/packages.sh $(TEST_PACKAGES)
	$(RUN) -m pip install -qq --disable-pip-version-check --no-warn-conflicts --editable '.[test]'
	@# --no-deps: it asks for the OpenCV build with windows, which would overwrite the headless one
	$(RUN) -m pip install -qq --disable-pip-version-check --no-deps 'insightface>=0.7'
	@mkdir -p $(BUILD) && touch $@

$(BUILD)/vm/disk: tests/vm/build.sh | $(BUILD)/test.ready
	@tests/packages.sh $(VM_PACKAGES)
	tests/vm/build.sh
