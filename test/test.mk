# SPDX-License-Identifier: GPL-2.0-or-later
# Host-built tests: unit tests (gcc and clang, sanitizers) and fuzz harnesses.
#
# Included by the top Makefile, which sets O (build folder) and Q (@ or nothing).
#
# A test is one file, test/unit/test_*.c or test/fuzz/fuzz_*.c. Its leading
# comments say which project sources it needs; lines may be repeated:
#	/* unit-sources: core/config.c core/options.c */
#	/* unit-flags: -DSOMETHING */          (for those sources, not for the test)
# Nothing needs to be added here for a new test.

O ?= build

UNIT_COMPILERS := gcc clang
UNIT_TESTS     := $(wildcard test/unit/test_*.c)
FUZZERS        := $(wildcard test/fuzz/fuzz_*.c)
FUZZ_SECONDS   ?= 3600

HOST_TEST_FLAGS := -std=gnu11 -m32 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-Wall -Wextra -Werror -Wno-unused-parameter -I. -Iinclude
UNIT_FLAGS := $(HOST_TEST_FLAGS) -fsanitize=address,undefined
FUZZ_FLAGS := $(HOST_TEST_FLAGS) -fsanitize=fuzzer,address,undefined

# $(call test_comment,word,file): what follows "word:" in the file's comments
test_comment = $(shell sed -n 's,^/\* $(1): \(.*\) \*/$$,\1,p' $(2))

# $(call host_object,object,source,compiler,flags,test file)
define host_object
$(1): $(2) $(5) test/test.mk
	@mkdir -p $$(@D)
	$$(Q)$(3) $(4) -MMD -MP -c $$< -o $$@

endef

# $(call host_program,folder,test file,compiler,flags,libraries)
define host_program
$(eval prog := $(1)/$(basename $(notdir $(2))))
$(eval sources := $(call test_comment,unit-sources,$(2)))
$(eval flags := $(call test_comment,unit-flags,$(2)))
$(call host_object,$(prog).objs/main.o,$(2),$(3),$(4),$(2))
$(foreach s,$(sources),$(call host_object,$(prog).objs/$(s:.c=.o),$(s),$(3),$(4) $(flags),$(2)))
$(prog): $(prog).objs/main.o $(sources:%.c=$(prog).objs/%.o)
	$$(Q)$(3) $(4) $$^ $(5) -o $$@

endef

$(foreach c,$(UNIT_COMPILERS),$(foreach t,$(UNIT_TESTS),\
	$(eval $(call host_program,$(O)/unit/$(c),$(t),$(c),$(UNIT_FLAGS),-lcmocka))))
$(foreach t,$(FUZZERS),$(eval $(call host_program,$(O)/fuzz,$(t),clang,$(FUZZ_FLAGS),)))

UNIT_PROGRAMS := $(foreach c,$(UNIT_COMPILERS),$(UNIT_TESTS:test/unit/%.c=$(O)/unit/$(c)/%))
FUZZ_PROGRAMS := $(FUZZERS:test/fuzz/%.c=$(O)/fuzz/%)

-include $(shell find $(O)/unit $(O)/fuzz -name '*.d' -type f 2>/dev/null)

# The same programs by gcc alone, unoptimized, with counters; a fuzzer runs its seeds.
ifneq ($(filter coverage,$(MAKECMDGOALS)),)
COVERAGE       := $(O)/coverage
COVERAGE_FLAGS := -std=gnu11 -m32 -g -O0 --coverage -w -I. -Iinclude
COVERAGE_FUZZ  := $(patsubst test/fuzz/%.c,$(COVERAGE)/fuzz/%,$(FUZZERS))
COVERAGE_UNIT  := $(patsubst test/unit/%.c,$(COVERAGE)/unit/%,$(UNIT_TESTS))
$(foreach t,$(UNIT_TESTS),\
	$(eval $(call host_program,$(COVERAGE)/unit,$(t),gcc,$(COVERAGE_FLAGS),-lcmocka)))
$(foreach t,$(FUZZERS),\
	$(eval $(call host_program,$(COVERAGE)/fuzz,$(t),gcc,$(COVERAGE_FLAGS),)))
$(COVERAGE_FUZZ): $(COVERAGE)/replay.o
$(COVERAGE)/replay.o: test/fuzz/replay.c
	@mkdir -p $(@D)
	$(Q)gcc -std=gnu11 -m32 -O1 -Wall -Wextra -Werror -c -o $@ $<
-include $(shell find $(COVERAGE) -name '*.d' -type f 2>/dev/null)
endif

.PHONY: unit unit-build fuzz fuzz-smoke fuzz-build coverage mutate

coverage: $(COVERAGE_UNIT) $(COVERAGE_FUZZ) $(O)/fuzz/corpus/done
	$(Q)test/coverage.py --out $(O)/coverage --corpus $(O)/fuzz/corpus

unit-build: $(UNIT_PROGRAMS)

unit: unit-build
	$(Q)test/run_unit.py --out $(O)/unit $(UNIT_PROGRAMS)

$(O)/fuzz/corpus/done: test/fuzz/make_seeds.py
	$(Q)test/fuzz/make_seeds.py $(@D)
	@touch $@

fuzz-build: $(FUZZ_PROGRAMS) $(O)/fuzz/corpus/done

fuzz-smoke: fuzz-build
	$(Q)test/run_fuzz.py --out $(O)/fuzz

fuzz: fuzz-build
	$(Q)test/run_fuzz.py --out $(O)/fuzz --seconds $(FUZZ_SECONDS)

# MUTANTS='I3* device/*' chooses; test/mutants.py lists them.
MUTANTS ?=
mutate:
	$(Q)test/mutate.py --out $(O)/mutate $(foreach m,$(MUTANTS),'$(m)')
