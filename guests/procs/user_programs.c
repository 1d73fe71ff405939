/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of procs. They run in ring 3 and share nothing but this image, copied on write. */
#include "guests/procs/procs.h"

/* Every program has a copy of its own of this as soon as it writes it. */
static volatile uint32_t private_word = 1;

static uint32_t syscall(uint32_t number, uint32_t a, uint32_t b)
{
	__asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b) : "memory");
	return number;
}

__attribute__((noreturn)) static void exit(uint32_t code)
{
	for (;;)
		syscall(SYS_EXIT, code, 0);
}

struct line {
	char text[96];
	uint32_t len;
};

static void line_text(struct line *line, const char *text)
{
	while (*text && line->len < sizeof(line->text))
		line->text[line->len++] = *text++;
}

static void line_number(struct line *line, uint32_t value)
{
	char digits[10];
	uint32_t n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n && line->len < sizeof(line->text))
		line->text[line->len++] = digits[--n];
}

/* "before value after" */
static void say(const char *before, uint32_t value, const char *after)
{
	struct line line;

	line.len = 0;
	line_text(&line, before);
	line_number(&line, value);
	line_text(&line, after);
	syscall(SYS_PRINT, addr32(line.text), line.len);
}

static bool is_prime(uint32_t n)
{
	for (uint32_t d = 2; d * d <= n; d++) {
		if (n % d == 0)
			return false;
	}
	return n > 1;
}

void user_primes(void)
{
	uint32_t found = 0;

	for (uint32_t n = 0; n < 100000; n++)
		found += is_prime(n);
	say("", found, " primes below 100000");
	exit(found == 9592 ? 0 : 1);
}

void user_count(void)
{
	for (uint32_t i = 1; i <= 5; i++) {
		say("counting: ", i, "");
		for (volatile uint32_t spin = 0; spin < 3000000; spin++)
			;
		private_word += i;
	}
	exit(private_word == 16 ? 0 : 1);
}

static void sleep_rounds(uint32_t rounds, uint32_t ms)
{
	uint32_t start = syscall(SYS_TIME_US, 0, 0), took;

	for (uint32_t i = 0; i < rounds; i++)
		syscall(SYS_SLEEP, ms, 0);
	took = syscall(SYS_TIME_US, 0, 0) - start;
	say("slept ", took / 1000, " ms");
	exit(took >= rounds * ms * 1000 ? 0 : 1);
}

void user_nap(void)
{
	sleep_rounds(20, 5);
}

void user_sleep(void)
{
	sleep_rounds(2, 300);
}

void user_calls(void)
{
	uint32_t start = syscall(SYS_TIME_US, 0, 0), took, calls = 0,
		 pid = syscall(SYS_GETPID, 0, 0);

	do {
		for (uint32_t i = 0; i < 1000; i++) {
			if (syscall(SYS_GETPID, 0, 0) != pid)
				exit(1);
		}
		calls += 1000;
		took = syscall(SYS_TIME_US, 0, 0) - start;
	} while (took < 500000);
	/* Per second of real time, other programs' turns included. */
	say("", calls / (took / 1000) * 1000, " system calls a second");
	exit(0);
}

void user_memory(void)
{
	volatile uint32_t *heap = (volatile uint32_t *)HEAP_START;
	uint32_t words = HEAP_PAGES * PAGE_SIZE / sizeof(*heap);

	for (uint32_t i = 0; i < words; i++) {
		if (heap[i])
			exit(1);
		heap[i] = i * 2654435761u;
	}
	syscall(SYS_YIELD, 0, 0);
	for (uint32_t i = 0; i < words; i++) {
		if (heap[i] != i * 2654435761u)
			exit(2);
	}
	if (private_word != 1)
		exit(3);
	say("checked ", HEAP_PAGES, " pages that were zero at first");
	exit(0);
}

void user_crash(void)
{
	volatile uint32_t *kernel = (volatile uint32_t *)0xC0100000u;

	say("about to write to the kernel, my word is ", private_word, "");
	*kernel = 0;
	say("survived that, word ", private_word, "");
	exit(0);
}

void user_halt(void)
{
	syscall(SYS_SLEEP, 50, 0);
	__asm__ volatile("hlt");
	exit(0);
}
