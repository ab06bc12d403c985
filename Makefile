# Avow. `make demo` and `make test` install what they need, build and run.

VERSION := 0.1.0

BUILD ?= build/dev
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes
LDLIBS := -lsqlite3 -lsodium -ljansson -lcrypto -lz -licui18n -licuuc -lpthread
NETLIBS := -lwebsockets -lnng -lcurl
PROGS := $(addprefix $(BUILD)/bin/,$(if $(wildcard broker/main.c),avow-broker) \
    $(if $(wildcard node/main.c),avow) avow-keys)
objs = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
COMPILE = $(CC) -std=c17 -D_GNU_SOURCE -DAVOW_VERSION='"$(VERSION)"' -Ishared -I. -I$(BUILD)/gen $(WARN) $(WERROR) $(SAN) $(CFLAGS) -MMD -MP

all: $(PROGS) ## build the programs

$(BUILD)/bin/avow-broker: $(call objs,broker/*.c)
$(BUILD)/bin/avow: $(call objs,node/*.c)
$(BUILD)/bin/avow-keys: $(call objs,keys/*.c)
$(BUILD)/bin/avow-broker $(BUILD)/bin/avow: LDLIBS += $(NETLIBS)

$(PROGS): $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/shared.a $(LDLIBS)

$(BUILD)/shared.a: $(call objs,shared/*/*.c)
	@rm -f $@
	$(AR) rcsP $@ $^

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# The code lists, compiled in: in the order of enum code_list.
CODES := $(patsubst %,shared/record/codes/%.tsv,country currency sector sdg theme org-type document \
    cluster policy-marker policy-significance tag-vocabulary sector-vocabulary \
    aid-type cash-modality earmarking tied)
CODES_AWK := LC_ALL=C awk -f shared/record/codes/codes.awk

$(BUILD)/gen/codes_data.h: shared/record/codes/codes.awk $(CODES)
	@mkdir -p $(@D)
	$(CODES_AWK) -v canonical=1 $(CODES) > $@.canonical
	$(CODES_AWK) -v digest=$$(sha256sum < $@.canonical | cut -c1-64) $(CODES) > $@.new
	@rm $@.canonical
	@mv $@.new $@

$(BUILD)/obj/shared/record/codes.o: $(BUILD)/gen/codes_data.h

# The page and the description of the API, compiled in.
PAGE := $(sort $(foreach end,html css js svg,$(wildcard shared/face/page/*.$(end)))) shared/face/openapi.json
PAGE_AWK := LC_ALL=C awk -f shared/face/page/embed.awk

$(BUILD)/gen/page_data.h: shared/face/page/embed.awk $(PAGE)
	@mkdir -p $(@D)
	for file in $(PAGE); do od -An -v -tu1 $$file | $(PAGE_AWK) -v name=$$file; done > $@.new
	printf '%s\n' $(PAGE) | $(PAGE_AWK) -v table=1 >> $@.new
	@mv $@.new $@

$(BUILD)/obj/shared/face/page.o: $(BUILD)/gen/page_data.h

# The programs as they may be one day, for tests of upgrades: each file of tests/next/ stands
# for the one of its name in shared/, which the archive then does not give.
NEXT := $(call objs,tests/next/*.c)
next: $(BUILD)/next/bin/avow-broker $(BUILD)/next/bin/avow

$(BUILD)/next/bin/avow-broker: $(call objs,broker/*.c)
$(BUILD)/next/bin/avow: $(call objs,node/*.c)
$(BUILD)/next/bin/avow-broker $(BUILD)/next/bin/avow: $(NEXT) $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/shared.a $(LDLIBS) $(NETLIBS)

# A broker that lies, for tests of those who follow it: made in the same way of tests/lie/.
lie: $(BUILD)/lie/bin/avow-broker

$(BUILD)/lie/bin/avow-broker: $(call objs,broker/*.c) $(call objs,tests/lie/*.c) $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/shared.a $(LDLIBS) $(NETLIBS)

# Unit tests: each file of tests/unit/ is a program (cmocka) that prints TAP.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))

unit: $(UNIT)

# Of the node's own files the forms and the outbox have unit tests.
$(BUILD)/unit/form $(BUILD)/unit/outbox: $(filter-out $(BUILD)/obj/node/main.o,$(call objs,node/*.c))

# What a power cut leaves is shown with the broker's sequencer and the node's cosigning.
$(BUILD)/unit/power: $(patsubst %,$(BUILD)/obj/broker/%.o,sequencer order cosigned keys \
    recovery forked mark answerer intake admission metrics config) $(BUILD)/obj/node/witness.o

# Of the broker's the order of a batch has.
$(BUILD)/unit/order: $(BUILD)/obj/broker/order.o

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -Itests -o $@ $< $(filter %.o,$^) $(BUILD)/shared.a $(LDLIBS) $(NETLIBS) -lcmocka

# The simulator: all of tests/sim/ is one program.
sim: $(BUILD)/sim/sim

$(BUILD)/sim/sim: $(call objs,tests/sim/*.c) $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/shared.a $(LDLIBS)

# Fuzz targets: each file of tests/fuzz/ is a libFuzzer program with its corpus in
# tests/fuzz/corpus/. Built by clang, in a flavour where any signature verifies.
FUZZ := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))

fuzzers: $(FUZZ)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(COMPILE) -fsanitize=fuzzer -Itests -o $@ $< $(BUILD)/shared.a $(LDLIBS) $(NETLIBS)

# Benchmark: each C file of tests/bench/ is a program that tests/bench/run uses.
BENCH := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

bench-programs: $(BENCH)

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -o $@ $< $(BUILD)/shared.a $(LDLIBS) -lnng -lcurl

# The ledger as a program that other languages ask (tests/model/judge.c).
model-programs: $(BUILD)/model/judge

$(BUILD)/model/%: tests/model/%.c $(BUILD)/shared.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -o $@ $< $(BUILD)/shared.a $(LDLIBS)

# --- What people call ------------------------------------------------------------------

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):[^#=]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
	    awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

# What clangd and clang-tidy read.
compile_commands.json: Makefile
	@for f in $$(git ls-files '*.c'); do \
	    printf '{"directory":"%s","file":"%s","arguments":["cc","-std=c17","-D_GNU_SOURCE","-DAVOW_VERSION=\\"%s\\"","-Ishared","-I.","-Itests","-Ibuild/dev/gen","-c","%s"]}\n' \
	        "$(CURDIR)" "$$f" "$(VERSION)" "$$f"; \
	done | sed '1s/^/[/; $$!s/$$/,/; $$s/$$/]/' > $@

# The main job on the real data set, with the page open at a printed address.
# ONCE=1: the same, then every node is audited, roots are compared, and it ends.
demo: ## the main job on the real data set, with the page open
	@tests/install demo
	$(MAKE) all
	@BIN=$(BUILD)/bin ONCE=$(ONCE) tests/demo/run

test: test-build ## build and run all tests
	@tests/run

# Flavours: asan (gcc, address and undefined behaviour), tsan (what has threads), fuzz
# (clang), dev (as installed).
ASAN := BUILD=build/asan CFLAGS="-O1 -g" SAN=-fsanitize=address,undefined
TSAN := BUILD=build/tsan CFLAGS="-O1 -g" SAN=-fsanitize=thread
FUZZING := BUILD=build/fuzz CC=clang WARN= CFLAGS="-O1 -g -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION" \
    SAN=-fsanitize=fuzzer-no-link,address,undefined

test-build:
	@tests/install test
	$(MAKE) all unit next lie sim model-programs $(ASAN)
	$(MAKE) all $(patsubst %,build/tsan/unit/%,$(THREADED)) $(TSAN)
	$(MAKE) fuzzers $(FUZZING)
	$(MAKE) all

# One suite, or those whose names begin so, with only what it needs built: T=unit/note,
# T=cli/errors, T=e2e/peers, T=fuzz/json, T=tsan/pipeline.
test-one: ## run one suite: T=unit/note (see tests/run for the names)
	@tests/install test
	$(if $(filter unit/%,$(T)),$(MAKE) build/asan/$(T) $(ASAN), \
	    $(if $(filter fuzz/%,$(T)),$(MAKE) build/fuzz/$(T) $(FUZZING), \
	    $(if $(filter tsan/e2e%,$(T)),$(MAKE) all $(TSAN), \
	    $(if $(filter tsan/%,$(T)),$(MAKE) build/tsan/unit/$(T:tsan/%=%) $(TSAN), \
	    $(MAKE) all next lie sim model-programs $(ASAN)))))
	@tests/run $(T)

# Unit tests of what several threads share.
THREADED := pipeline queue_link keyring readers

# Longer runs, each a target of its own.
test-fuzz: test-build ## fuzz each target for SECONDS (300)
	FUZZ_RUNS=-1 FUZZ_SECONDS=$(or $(SECONDS),300) SUITE_TIMEOUT=100000 tests/run fuzz
# Stories by chance, SEEDS of them from FIRST on.
test-sim: ## SEEDS (5000) stories of the simulator from FIRST (1) on
	@tests/install test
	$(MAKE) sim
	@SIM=$(BUILD)/sim/sim SEEDS=$(or $(SEEDS),5000) FIRST=$(or $(FIRST),1) tests/sim/sim.tap
test-hostile: ## SECONDS (20) of each attack with honest people beside it, ROUNDS (3) times; ONLY those of a name
	@tests/install test
	$(MAKE) all
	@BIN=$(BUILD)/bin SECONDS=$(or $(SECONDS),20) ROUNDS=$(or $(ROUNDS),3) ONLY="$(ONLY)" node tests/hostile/run.mjs
test-crash: ## ROUNDS (300) of processes killed at random
	@tests/install test
	$(MAKE) all
	@BIN=$(BUILD)/bin ROUNDS=$(or $(ROUNDS),300) tests/e2e/crash.mjs
# A daemon and publishers of one folder, and STATEMENTS of them.
test-outbox: ## STATEMENTS (1000) by a daemon and publishers of one folder
	@tests/install test
	$(MAKE) all
	@BIN=$(BUILD)/bin STATEMENTS=$(or $(STATEMENTS),1000) tests/e2e/outbox.mjs

test-power: ## ROUNDS (10000) of power cuts over a broker, and over a node; SEED
	@$(MAKE) build/dev/unit/power
	@ROUNDS=$(or $(ROUNDS),10000) SEED=$(or $(SEED),1) CMOCKA_MESSAGE_OUTPUT=TAP build/dev/unit/power

# The ledger against an independent model of the vocabulary: a million records.
test-model: ## the ledger against the independent model, RECORDS (1000000)
	@tests/install test
	$(MAKE) model-programs
	@BIN=$(BUILD)/bin tests/model/run.mjs --records $(or $(RECORDS),1000000) \
	    --seed $(or $(SEED),100000) --every-kind

# A new node catches up with a log of N entries, in one pass and in bounded memory.
test-scale: ## a log of N (1000000) entries
	@tests/install test
	$(MAKE) all bench-programs
	@BIN=$(BUILD)/bin N=$(or $(N),1000000) node tests/bench/scale.mjs

bench: ## measure, beside peers
	@tests/install bench
	$(MAKE) all bench-programs
	@BIN=$(BUILD)/bin tests/bench/run

check: check-layers check-format ## layers and format
check-layers:
	@tests/check-layers
check-format:
	clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
format: ## clang-format everything
	clang-format -i $$(git ls-files '*.c' '*.h')

PREFIX ?= /usr/local
install: all ## install below PREFIX (/usr/local)
	install -D -t $(DESTDIR)$(PREFIX)/bin $(PROGS)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(wildcard docs/man/*.1)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(wildcard docs/man/*.8)
	@mkdir -p $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(BUILD)/bin/avow completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/avow

clean: ## remove build/
	rm -rf build

.PHONY: all help test-one unit next lie sim fuzzers bench-programs model-programs demo test test-build test-fuzz test-sim test-hostile test-crash test-outbox test-power test-model test-scale bench check \
	check-layers check-format format install clean

-include $(shell find $(BUILD) -name "*.d" 2>/dev/null)
