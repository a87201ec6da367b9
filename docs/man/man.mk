# The manual. Its sources are whole as they lie here: building them takes scdoc alone, renewing them what the code needs.

MANUAL := $(patsubst docs/man/%.scd,$(BUILD)/man/%,$(wildcard docs/man/*.scd))

.PHONY: man manual completions

man: $(MANUAL) ## build the manual pages into build/man

$(BUILD)/man/%: docs/man/%.scd docs/man/tidy.awk
	@mkdir -p $(@D)
	@# not straight into the page: what a mistake in the source leaves behind must not pass for one
	scdoc < $< > $@.part && awk -f docs/man/tidy.awk $@.part > $@ && rm $@.part

manual: $(BUILD)/test.ready ## bring what the pages say of commands and options up to the code
	$(RUN) -m tests.manual

completions: ## put what shells complete `facelatch` with into build/completions
	@mkdir -p $(BUILD)/completions
	cp packaging/completions/facelatch.bash packaging/completions/_facelatch packaging/completions/facelatch.fish $(BUILD)/completions

install: completions
