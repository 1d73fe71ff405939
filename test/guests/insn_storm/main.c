/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports in all sizes, MSRs, rdtsc, cpuid and rdpmc without end: a bystander does not notice. */
/* paging: 2level */
/* expect: success */
/* bystander: clock */
#include "test/guests/lib/test.h"

/* The configuration ports answer; all others are absent (interface, "Ports"). */
static bool is_virtual(uint32_t port)
{
	return port == 0x64 || (port >= 0xCF8 && port < 0xD00);
}

static void every_port(void)
{
	for (uint32_t port = 0; port < 0x10000; port += port < 0xD00 ? 1 : 0x61) {
		uint32_t byte = 0, word = 0, value = 0;

		__asm__ volatile("outb %b0, %w1" : : "a"(0xFE), "d"(port));
		__asm__ volatile("outl %0, %w1" : : "a"(0x0A0E0F06), "d"(port));
		__asm__ volatile("inb %w1, %b0" : "+a"(byte) : "d"(port));
		__asm__ volatile("inw %w1, %w0" : "+a"(word) : "d"(port));
		__asm__ volatile("inl %w1, %0" : "+a"(value) : "d"(port));
		CHECK(is_virtual(port) || is_virtual(port + 3) ||
			      (byte == 0xFF && word == 0xFFFF && value == 0xFFFFFFFF),
		      "port 0x%x reads 0x%x, 0x%x, 0x%x", port, byte, word, value);
	}
}

static void check_gp(const char *what, uint32_t n)
{
	CHECK(trap_was(TRAP_PROTECTION) && trap_seen.error == 0, "%s 0x%x: vector %u, error 0x%x",
	      what, n, trap_seen.vector, trap_seen.error);
}

static void every_msr(void)
{
	static const uint32_t bases[] = {0, 0x40000000, 0xC0000000, 0xC0010000};

	for (unsigned i = 0; i < 0x200 * ARRAY_SIZE(bases); i++) {
		uint32_t msr = bases[i / 0x200] + i % 0x200;

		TRAP_TRY("rdmsr", : "c"(msr) : "eax", "edx");
		check_gp("rdmsr", msr);
		TRAP_TRY("wrmsr", : "c"(msr), "a"(0xFFFFFFFF), "d"(0));
		check_gp("wrmsr", msr);
	}
}

static void harmless(void)
{
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t a = i, b, c = i, d;

		__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		__asm__ volatile("rdtsc" : "=a"(a), "=d"(d));
	}
	for (uint32_t i = 0; i < 64; i++) {
		TRAP_TRY("rdpmc", : "c"(i | i << 26) : "eax", "edx");
		check_gp("rdpmc", i);
	}
}

/* String forms are not emulated: the guest's own fault, whatever the prefix. */
static void strings(void)
{
	static uint8_t buffer[64];

	TRAP_TRY("rep insb", : "D"(buffer), "c"(64), "d"(0x3F8) : "memory");
	check_gp("rep insb", 0);
	TRAP_TRY("rep outsl", : "S"(buffer), "c"(-1), "d"(0xCF8) : "memory");
	check_gp("rep outsl", 0);
	TRAP_TRY("insl", : "D"(0xFFC12000), "d"(0xCF8) : "memory");
	check_gp("insl", 0);
}

void test_main(void)
{
	every_port();
	every_msr();
	harmless();
	strings();
}
