/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers: a ChaCha20 generator with fast key erasure, its seed, and how
 * much the seed is worth. Samples of time are worth what simple predictors
 * leave of them (NIST SP 800-90B, 4.4: repetition count, adaptive proportion).
 */
#include "core/random.h"

#include "arch/x86/cpu.h"
#include "arch/x86/random.h"
#include "core/chacha20.h"
#include "core/lib.h"
#include "core/log.h"

#define KEY_WORDS    CHACHA20_KEY_WORDS
#define EVENTS       64u
#define WINDOW       512u
#define BOOT_WINDOWS 4u
#define LAGS         8u
#define PREDICTORS   (LAGS + 2)

#define SEEDED_EIGHTHS (256u * 8u) /* entropy is counted in eighths of a bit */

static const uint32_t no_nonce[3];

static uint32_t key[KEY_WORDS];
static uint32_t credit; /* eighths of bits, up to SEEDED_EIGHTHS */

static uint32_t events[EVENTS];
static uint32_t event_count, events_mixed; /* ever; both wrap */
static uint32_t last_event;

/* A window of samples under test. Each predictor is right now and then; how often, tells. */
struct health {
	uint32_t first;         /* of the window */
	uint32_t history[LAGS]; /* newest first */
	uint32_t samples;       /* in this window */
	uint32_t hits[PREDICTORS];
	uint32_t run[PREDICTORS]; /* of hits, up to now */
	uint32_t longest;         /* of all runs in this window */
};

static struct health event_health;

/* ---- how much is a sample worth? ------------------------------------------------- */

/*
 * Cutoffs for a false alarm in 2^20 windows at that many bits a sample: a run
 * of 1 + 20/H, critbinom(512, 2^-H, 1 - 2^-20) hits in a window.
 */
static const struct {
	uint16_t run, hits, eighths;
} levels[] = {{21, 311, 8}, {41, 410, 4}, {81, 468, 2}, {161, 497, 1}};

static uint32_t prediction(const struct health *h, unsigned predictor)
{
	if (predictor < LAGS)
		return h->history[predictor];
	if (predictor == LAGS)
		return 2 * h->history[0] - h->history[1]; /* grows as it did */
	return h->first;
}

/* Ends the window: the entropy of its samples, in eighths of a bit. */
static uint32_t judge(struct health *h)
{
	uint32_t most = 0, worth = 0;

	for (unsigned p = 0; p < PREDICTORS; p++)
		most = MAX(most, h->hits[p]);
	for (unsigned i = 0; i < ARRAY_SIZE(levels) && !worth; i++)
		if (h->longest < levels[i].run && most < levels[i].hits)
			worth = levels[i].eighths * WINDOW;
	memset(h->hits, 0, sizeof(h->hits));
	h->samples = h->longest = 0;
	return worth;
}

/* Entropy of a window that this sample completes, or 0. */
static uint32_t examine(struct health *h, uint32_t sample)
{
	if (h->samples == 0)
		h->first = sample;
	for (unsigned p = 0; p < PREDICTORS; p++) {
		bool hit = sample == prediction(h, p);

		h->hits[p] += hit;
		h->run[p] = hit ? h->run[p] + 1 : 0;
		h->longest = MAX(h->longest, h->run[p]);
	}
	memmove(h->history + 1, h->history, sizeof(h->history) - sizeof(h->history[0]));
	h->history[0] = sample;
	return ++h->samples == WINDOW ? judge(h) : 0;
}

static void add_credit(uint32_t eighths)
{
	credit = MIN(credit + eighths, SEEDED_EIGHTHS);
}

/* ---- the seed --------------------------------------------------------------------- */

/* The new key depends on all of the old one and all of the words, and leads back to neither. */
static void mix(const uint32_t words[KEY_WORDS])
{
	uint32_t block[CHACHA20_BLOCK_WORDS];

	for (unsigned i = 0; i < KEY_WORDS; i++)
		key[i] ^= words[i];
	chacha20_block(block, key, 0, no_nonce);
	memcpy(key, block, sizeof(key));
}

/* Some CPUs' RDRAND gives one value for ever, and says all is well: no two may be the same. */
static bool seed_from_rdrand(void)
{
	uint32_t words[KEY_WORDS];
	bool ok = true;

	memset(words, 0, sizeof(words));
	for (unsigned i = 0; i < KEY_WORDS && ok; i++) {
		ok = random_rdrand(&words[i]);
		for (unsigned j = 0; j < i; j++)
			ok = ok && words[i] != words[j];
	}
	mix(words);
	if (ok)
		add_credit(SEEDED_EIGHTHS);
	return ok;
}

static bool seed_from_jitter(void)
{
	uint32_t words[KEY_WORDS], eighths = 0;
	struct health h;

	memset(&h, 0, sizeof(h));
	for (unsigned i = 0; i < BOOT_WINDOWS * WINDOW; i++) {
		words[i % KEY_WORDS] = random_jitter();
		eighths += examine(&h, words[i % KEY_WORDS]);
		if (i % KEY_WORDS == KEY_WORDS - 1)
			mix(words);
	}
	add_credit(eighths);
	return eighths >= SEEDED_EIGHTHS;
}

void random_init(void)
{
	uint64_t now = rdtsc();
	uint32_t words[KEY_WORDS] = {(uint32_t)now, (uint32_t)(now >> 32)};
	bool has_rdrand, has_jitter;

	mix(words);
	has_rdrand = seed_from_rdrand();
	has_jitter = seed_from_jitter();
	if (random_is_seeded())
		log_info("random numbers: %s", !has_jitter   ? "RDRAND only"
					       : !has_rdrand ? "timing jitter only"
							     : "RDRAND and timing jitter");
	else
		log_warn("random numbers are predictable: no RDRAND and the timestamp counter "
			 "shows no jitter");
}

bool random_is_seeded(void)
{
	return credit >= SEEDED_EIGHTHS;
}

/* An old event is not lost when a new one takes its place. */
void random_add_event(uint64_t tsc)
{
	uint32_t now = (uint32_t)tsc, *slot = &events[event_count++ % EVENTS];

	*slot = (*slot << 7 | *slot >> 25) ^ now;
	if (random_is_seeded())
		return;
	add_credit(examine(&event_health, now - last_event));
	last_event = now;
	if (random_is_seeded())
		log_info("random numbers are unpredictable now, by the arrival of interrupts");
}

/*
 * Not before there is enough: whoever knows the key could find out a few events
 * at a time from the bytes that follow them.
 */
static void mix_events(void)
{
	if (event_count == events_mixed || !random_is_seeded())
		return;
	for (unsigned i = 0; i < EVENTS; i += KEY_WORDS)
		mix(events + i);
	events_mixed = event_count;
}

/* ---- the generator ------------------------------------------------------------------ */

/* Of the first block half becomes the next key: nothing leads back to this one. */
void random_bytes(void *to, uint32_t bytes)
{
	uint32_t block[CHACHA20_BLOCK_WORDS], used_key[KEY_WORDS], skip = sizeof(key), n;
	uint8_t *at = to;

	mix_events();
	memcpy(used_key, key, sizeof(key));
	chacha20_block(block, used_key, 0, no_nonce);
	memcpy(key, block, sizeof(key));
	for (uint32_t counter = 1; bytes; counter++) {
		n = MIN(bytes, (uint32_t)sizeof(block) - skip);
		memcpy(at, (const uint8_t *)block + skip, n);
		at += n;
		bytes -= n;
		skip = 0;
		if (bytes)
			chacha20_block(block, used_key, counter, no_nonce);
	}
	memset(block, 0, sizeof(block));
	memset(used_key, 0, sizeof(used_key));
	__asm__ volatile("" : : "r"(block), "r"(used_key) : "memory"); /* or they would be left */
}
