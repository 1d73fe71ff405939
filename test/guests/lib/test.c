/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts and checks for test guests. */
#include "test/guests/lib/test.h"

__attribute__((noreturn)) static void verdict(const char *kind, const char *fmt, va_list ap)
{
	char text[160];

	vsnprintf(text, sizeof(text), fmt, ap);
	console_flush();
	printf("VERDICT: %s: %s\n", kind, text);
	shutdown(LGUEST_SHUTDOWN_POWEROFF, kind);
}

void test_success(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("SUCCESS", fmt, ap);
}

void test_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("SKIP", fmt, ap);
}

void test_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("ERROR", fmt, ap);
}

void test_failure(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("FAILURE", fmt, ap);
}

/* Also what the guest library does when it cannot go on. */
void give_up(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict("FAILURE", fmt, ap);
}

uint32_t test_case(void)
{
	return boot_number("case", 0);
}

void check_fault(const char *what, unsigned vector, uint32_t error)
{
	CHECK(trap_seen.count == 1, "%s: %u traps, not one", what, trap_seen.count);
	CHECK(trap_seen.vector == vector, "%s: vector %u, not %u", what, trap_seen.vector, vector);
	CHECK(trap_seen.error == error, "%s: error code 0x%x, not 0x%x", what, trap_seen.error,
	      error);
	CHECK(trap_seen.eip == trap_try_eip, "%s: eip 0x%x, not 0x%x", what, trap_seen.eip,
	      trap_try_eip);
	CHECK(trap_seen.cs == LGUEST_CS, "%s: cs 0x%x, not 0x%x", what, trap_seen.cs, LGUEST_CS);
}

void check_no_trap(const char *what)
{
	CHECK(trap_seen.count == 0, "%s: trap %u error 0x%x at 0x%x", what, trap_seen.vector,
	      trap_seen.error, trap_seen.eip);
}

void check_page_fault(const char *what, uint32_t error, uint32_t address)
{
	CHECK(trap_was(TRAP_PAGE_FAULT), "%s: %u traps, vector %u, no page fault", what,
	      trap_seen.count, trap_seen.vector);
	CHECK(trap_seen.error == error, "%s: error code 0x%x, not 0x%x", what, trap_seen.error,
	      error);
	CHECK(trap_seen.cr2 == address, "%s: cr2 0x%x, not 0x%x", what, trap_seen.cr2, address);
}

void need_tsc(void)
{
	if (!tsc_usable())
		test_skip("no usable TSC");
}

void check_ring3_leaves(const char *what, struct regs *r, unsigned vector)
{
	ring3_run(r);
	CHECK(r->vector == vector, "%s: left by vector %u error 0x%x at 0x%x cr2 0x%x, not %u",
	      what, r->vector, r->error, r->eip, READ_ONCE(lguest_data.cr2), vector);
}

bool wait_for(const volatile uint32_t *flag, uint32_t ms)
{
	uint64_t start = rdtsc(), ticks = tsc_from_ns((uint64_t)ms * NSEC_PER_MSEC);

	while (!*flag) {
		if (rdtsc() - start > ticks)
			return false;
		__asm__ volatile("pause");
	}
	return true;
}

bool try_read(uint32_t address, uint32_t *value)
{
	uint32_t got = 0;

	TRAP_TRY("movl (%1), %0", "+r"(got) : "r"(address) : "memory");
	if (value)
		*value = got;
	return trap_seen.count == 0;
}

bool try_write(uint32_t address, uint32_t value)
{
	TRAP_TRY("movl %0, (%1)", : "r"(value), "r"(address) : "memory");
	return trap_seen.count == 0;
}

bool try_call(uint32_t address)
{
	trap_seen = (struct trap_record){0};
	barrier();
	__asm__ volatile("movl %%esp, %%ebx\n\t"
			 "movl $98f, trap_fixup\n\t"
			 "call *%0\n"
			 "98:\tmovl %%ebx, %%esp\n\t"
			 "movl $0, trap_fixup"
			 :
			 : "r"(address)
			 : "memory", "cc", "eax", "ebx", "ecx", "edx");
	return trap_seen.count == 0;
}

uint32_t window_start(void)
{
	return 0u - READ_ONCE(lguest_data.reserve_mem);
}
