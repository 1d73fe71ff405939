/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guest fuzzers share: a seed, steps, lives. */
#include "test/guests/lib/fuzz.h"

#include "test/guests/lib/lives.h"

#define ACCOUNT_STEPS 256u /* so often they are told to the host */
#define LAST_STEPS    64u

enum { KEPT_STEPS, KEPT_LIVES, KEPT_TRAPS, KEPT_DIGEST };

uint32_t fuzz_state = 1, fuzz_traps, fuzz_steps;
static uint32_t digest;

/* Any bijection that leaves no two seeds near each other. */
static uint32_t mixed(uint32_t x)
{
	x = (x ^ x >> 16) * 0x85EBCA6Bu;
	x = (x ^ x >> 13) * 0xC2B2AE35u;
	return x ^ x >> 16;
}

bool fuzz_is_exact(void)
{
	static uint32_t exact = ~0u;

	if (exact == ~0u)
		exact = boot_number("exact", 0);
	return exact;
}

/* Those of near[] that lie below the window. */
#define NEAR_OWN 7u

uint32_t fuzz_corner(void)
{
	static const uint32_t near[] = {0,          0x1000,     0x100000,   0x08000000,
					0x40000000, 0x80000000, 0xC0000000, 0xFFC00000,
					0xFFC11000, 0xFFC12000, 0xFFE00000, 0xFFFFF000};
	uint32_t r = fuzz_random();

	switch (r >> 28) {
	case 0 ... 2:
		return fuzz_random();
	case 3 ... 5:
		return r & 0x3F;
	case 6 ... 8:
		/* what is in the window is the host's to say */
		return near[r % (fuzz_is_exact() ? NEAR_OWN : ARRAY_SIZE(near))] + (r >> 8 & 0x3F) -
		       0x20;
	case 9 ... 10:
		return boot_ram_bytes() + (r & 0xFFF) * 8 - 0x4000;
	case 11 ... 12:
		return 1u << (r & 31);
	default:
		return fuzz_random() % boot_ram_bytes() & (r & 1 ? PAGE_MASK : ~3u);
	}
}

void fuzz_note(uint32_t value)
{
	digest = (digest << 5 | digest >> 27) ^ value;
	digest *= 0x9E3779B1u;
}

void fuzz_note_trap(void)
{
	fuzz_note(trap_seen.count);
	if (!trap_seen.count)
		return;
	fuzz_note(trap_seen.vector);
	fuzz_note(trap_seen.error);
	fuzz_note(trap_seen.cs);
	fuzz_note(trap_seen.eip);
	fuzz_note(trap_seen.eflags & ~FUZZ_EFLAGS_VAGUE);
	fuzz_note(trap_seen.irq_enabled);
	if (trap_seen.vector == TRAP_PAGE_FAULT)
		fuzz_note(trap_seen.cr2);
}

struct descriptor fuzz_descriptor(void)
{
	uint32_t access = fuzz_random(), base = fuzz_corner();

	if (access & 0x100)
		return (struct descriptor){fuzz_random(), fuzz_random()};
	if (access & 0x200)
		access |= 0x90; /* present, ordinary */
	if (access & 0x400)
		base = 0;
	return segment_make(base, access & 0x800 ? 0xFFFFF : fuzz_corner(), access & 0xFF,
			    access >> 12 & 0xF);
}

unsigned fuzz_gdt_index(void)
{
	unsigned index = fuzz_below(LGUEST_GDT_ENTRIES - 2);

	return index < LGUEST_CS >> 3 ? index : index + 2;
}

void fuzz_audit(void)
{
	uint32_t bad = audit_findings();

	CHECK(!bad, "the audit has %u findings, after %u steps", bad, kept(KEPT_STEPS));
}

void fuzz_next_life(const char *why)
{
	shutdown(LGUEST_SHUTDOWN_RESTART, why);
}

/* Seed, life and what was done before; this life's part is [first, first + steps). */
struct fuzz_life {
	uint32_t seed, number, first, steps, traps;
	bool is_last;
};

static struct fuzz_life next_life(const char *what)
{
	uint32_t all = boot_number("steps", 20000), life = boot_number("life", 20000);
	struct fuzz_life f = {.seed = boot_number("seed", 1),
			      .number = kept(KEPT_LIVES) + 1,
			      .first = kept(KEPT_STEPS),
			      .traps = kept(KEPT_TRAPS)};

	digest = kept(KEPT_DIGEST);
	keep(KEPT_LIVES, f.number);
	f.is_last = f.first >= all || all - f.first <= life;
	f.steps = f.first >= all ? 0 : f.is_last ? all - f.first : life;
	fuzz_state = mixed(f.seed * 0x9E3779B9u + f.number) | 1;
	if (f.steps)
		printf("fuzz: %s seed %u life %u from step %u\n", what, f.seed, f.number, f.first);
	return f;
}

static void account(const struct fuzz_life *f, uint32_t done)
{
	keep(KEPT_STEPS, f->first + done);
	keep(KEPT_TRAPS, f->traps + fuzz_traps);
	keep(KEPT_DIGEST, digest);
	if (fuzz_is_exact())
		printf("fuzz: step %u digest 0x%08x\n", f->first + done, digest);
}

void fuzz_run(const char *what, void (*step)(void), void (*last)(void))
{
	struct fuzz_life f = next_life(what);
	uint32_t told = 0, audited = 0, audit = boot_number("audit", 256);

	while (fuzz_steps < f.steps) {
		step();
		fuzz_steps++;
		if (fuzz_steps - told >= ACCOUNT_STEPS) {
			told = fuzz_steps;
			account(&f, told);
		}
		if (fuzz_steps - audited >= audit) {
			audited = fuzz_steps;
			fuzz_audit();
		}
	}
	fuzz_audit();
	account(&f, fuzz_steps);
	if (f.is_last)
		test_success("%s: seed %u, %u steps in %u lives, %u traps, digest 0x%08x", what,
			     f.seed, f.first + fuzz_steps, f.number, f.traps + fuzz_traps, digest);
	for (unsigned i = 0; i < LAST_STEPS; i++)
		last();
	fuzz_next_life("a life is over");
}
