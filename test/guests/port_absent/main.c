/* SPDX-License-Identifier: GPL-2.0-or-later */
/* in from absent ports reads all ones in 1, 2 and 4 bytes; port 0x64 reads 1; out does nothing. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const uint16_t ports[] = {0x20, 0x21,  0x40,  0x60,   0x70,  0x80,
					 0xF4, 0x3F8, 0x3FD, 0x5000, 0xFFFE};
	uint32_t value;
	uint8_t status;

	for (unsigned i = 0; i < ARRAY_SIZE(ports); i++) {
		value = 0x12345678;
		TRAP_TRY("inb %%dx, %%al", "+a"(value) : "d"(ports[i]));
		check_no_trap("inb");
		CHECK(value == 0x123456FF, "inb 0x%x: eax 0x%x", ports[i], value);
		value = 0x12345678;
		TRAP_TRY("inw %%dx, %%ax", "+a"(value) : "d"(ports[i]));
		check_no_trap("inw");
		CHECK(value == 0x1234FFFF, "inw 0x%x: eax 0x%x", ports[i], value);
		value = 0x12345678;
		TRAP_TRY("inl %%dx, %%eax", "+a"(value) : "d"(ports[i]));
		check_no_trap("inl");
		CHECK(value == 0xFFFFFFFF, "inl 0x%x: eax 0x%x", ports[i], value);
		TRAP_TRY("outb %%al, %%dx\n\toutw %%ax, %%dx\n\toutl %%eax, %%dx",
			 : "a"(0), "d"(ports[i]));
		check_no_trap("out");
	}
	value = 0x12345678;
	TRAP_TRY("inb $0x60, %%al\n\tinb $0x61, %%al", "+a"(value));
	check_no_trap("inb with an immediate port");
	CHECK(value == 0x123456FF, "inb 0x61: eax 0x%x", value);
	TRAP_TRY("inb $0x64, %0", "=a"(status));
	check_no_trap("inb 0x64");
	CHECK(status == 1, "port 0x64 reads 0x%x", status);
}
