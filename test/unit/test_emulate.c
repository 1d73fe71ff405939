/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what instructions do that Gatehouse carries out for a guest, and who may use them. */
/* unit-sources: core/emulate.c core/traps.c core/decode.c core/decode_mov.c core/guest_mem.c */
/* unit-sources: core/mmio.c core/ports.c core/pci_bus.c core/trace.c arch/x86/guest_walk.c */
/* unit-sources: arch/x86/descriptor.c */
/* unit-flags: -include test/unit/fake_cpu.h */
#include "core/emulate.h"

#include "core/errno.h"
#include "core/guest_mem.h"
#include "core/mmio.h"
#include "core/ports.h"
#include "core/traps.h"
#include "test/unit/traps_fixture.h"

#define BAR 0xE0000000u

static struct virtio_device device = {.slot = 1};
static bool claims_all;
static uint32_t answer, last_offset, last_value, last_size;

bool virtio_pci_claims(const struct virtio_pci *p, uint64_t gpa, uint32_t *offset)
{
	*offset = (uint32_t)gpa & 0xFFF;
	return claims_all || (gpa >= BAR && gpa < BAR + PAGE_SIZE && p == &g.devices.pci[1]);
}

static void note(uint32_t offset, unsigned size, uint32_t value)
{
	last_offset = offset;
	last_size = size;
	last_value = value;
}

uint32_t virtio_pci_bar_read(struct virtio_pci *p, uint32_t offset, unsigned size)
{
	note(offset, size, 0);
	return answer;
}

void virtio_pci_bar_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value)
{
	note(offset, size, value);
}

uint32_t virtio_pci_config_read(struct virtio_pci *p, uint32_t offset, unsigned size)
{
	assert_ptr_equal(p, &g.devices.pci[0]);
	note(offset, size, 0);
	return answer;
}

void virtio_pci_config_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value)
{
	assert_ptr_equal(p, &g.devices.pci[0]);
	note(offset, size, value);
}

/* What the guest is about to execute. */
static void code(const char *bytes, unsigned count)
{
	memset(memory + 0x4000, 0x90, 16);
	memcpy(memory + 0x4000, bytes, count);
	regs.eip = EIP;
	regs.esp = ESP;
	note(0, 0, 0);
}

#define CODE(bytes) code(bytes, sizeof(bytes) - 1)

static void give_devices(void)
{
	g.devices.count = 2;
	g.devices.pci[0].device = g.devices.pci[1].device = &device;
}

/* ---- who may ---- */

static void test_ring_3_may_nothing(void **state)
{
	static const char *const codes[] = {"\xE4\x64", "\xE6\x80", "\xEC", "\xEF",
					    "\xFA",     "\xFB",     "\xF4", "\x0F\x01\xC1"};

	user();
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		code(codes[i], strlen(codes[i]));
		assert_false(emulate_instruction(&g, 0));
		assert_false(emulate_vmcall(&g));
		assert_int_equal(regs.eip, EIP);
	}
	assert_int_equal(hypercalls, 0);
	assert_int_equal(g.exits[EXIT_EMULATED], 0);
}

/* An error code means a selector was at fault, not the instruction. */
static void test_error_code(void **state)
{
	CODE("\xFA");
	assert_false(emulate_instruction(&g, 8));
	assert_int_equal(regs.eip, EIP);
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(regs.eip, EIP + 1);
	CODE("\xF4"); /* hlt is none of these */
	assert_false(emulate_instruction(&g, 0));
}

static void test_software_interrupts(void **state)
{
	handler(0x30, GATE_TRAP, 3);
	handler(0x31, GATE_TRAP, 0);
	user();
	CODE("\xCD\x30");
	assert_true(emulate_instruction(&g, 0x30 * 8 | 2));
	assert_int_equal(regs.eip, HANDLER);
	assert_int_equal(word_at(ESP1 - 20), EIP + 2);
	user();
	CODE("\xCD\x31"); /* DPL 0: not from ring 3 */
	assert_false(emulate_instruction(&g, 0x31 * 8 | 2));
	assert_int_equal(regs.eip, EIP);
	g.vcpu.idt[0x31] = gate_make(HANDLER, LGUEST_CS, GATE_TRAP, 1);
	assert_false(emulate_instruction(&g, 0x31 * 8 | 2));
	regs.cs = LGUEST_CS;
	regs.ss = RING1_SS;
	assert_true(emulate_instruction(&g, 0x31 * 8 | 2));
	assert_int_equal(word_at(ESP - 12), EIP + 2);
	handler(0x31, GATE_TRAP, 0);
	regs.eip = EIP;
	assert_true(emulate_instruction(&g, 0x31 * 8 | 2));
	CODE("\xCD\x32"); /* no gate */
	assert_false(emulate_instruction(&g, 0x32 * 8 | 2));
	CODE("\xCD\x30"); /* another fault than that of its gate */
	assert_false(emulate_instruction(&g, 0x33 * 8 | 2));
	assert_false(emulate_instruction(&g, 0));
}

static void test_vmcall(void **state)
{
	CODE("\x0F\x01\xC1");
	assert_true(emulate_vmcall(&g));
	assert_int_equal(hypercalls, 3);
	assert_int_equal(regs.eip, EIP + 3);
	assert_true(g.vcpu.rules.uses_vmcall);
	CODE("\x0F\x01\xC1");
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(hypercalls, 6);
	CODE("\x0F\x01\xC2");
	assert_false(emulate_vmcall(&g));
	assert_false(emulate_instruction(&g, 0));
}

static void test_fetch(void **state)
{
	uint8_t bytes[DECODE_FETCH_BYTES];

	CODE("\xFA");
	assert_int_equal(emulate_fetch(&g, bytes), DECODE_MAX_BYTES);
	regs.eip = KERNEL_VA + MEMORY - 3; /* only three bytes are mapped */
	assert_int_equal(emulate_fetch(&g, bytes), 3);
	regs.eip = KERNEL_VA + MEMORY;
	assert_int_equal(emulate_fetch(&g, bytes), 0);
	assert_false(emulate_instruction(&g, 0));
	regs.eip = WINDOW_BASE;
	assert_int_equal(emulate_fetch(&g, bytes), 0);
	regs.eip = 0xFFFFFFFE; /* wraps */
	assert_int_equal(emulate_fetch(&g, bytes), 0);
	regs.eip = 0x1000;
	segment_base = KERNEL_VA + 0x3000;
	assert_int_equal(emulate_fetch(&g, bytes), DECODE_MAX_BYTES);
	assert_int_equal(bytes[0], 0xFA);
}

/* ---- ports ---- */

static void test_ports(void **state)
{
	CODE("\xE4\x64"); /* in $0x64, %al */
	regs.eax = 0xFFFFFF00;
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(regs.eax, 0xFFFFFF01);
	CODE("\x66\xED"); /* in %dx, %ax */
	regs.eax = 0x11220000;
	regs.edx = 0xFFFF0070;
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(regs.eax, 0x1122FFFF);
	assert_int_equal(regs.eip, EIP + 2);
	CODE("\xED");
	regs.edx = 0xCF8;
	g.devices.pci_address = 0x80000810;
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(regs.eax, 0x80000810);
	CODE("\xEF"); /* out %eax, %dx */
	regs.eax = 0xFFFFFFFF;
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(g.devices.pci_address, 0x80FFFFFC);
	CODE("\xEE");
	regs.edx = 0x80;
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(g.devices.pci_address, 0x80FFFFFC);
	assert_int_equal(g.exits[EXIT_EMULATED], 5);
}

static void test_single_step(void **state)
{
	handler(1, GATE_TRAP, 0);
	CODE("\xFA");
	regs.eflags |= X86_EFLAGS_TF | X86_EFLAGS_RF;
	assert_true(emulate_instruction(&g, 0));
	assert_int_equal(regs.eip, HANDLER);
	assert_int_equal(g.vcpu.dr[6], 0x4000);
	assert_int_equal(word_at(ESP - 12), EIP + 1);
	assert_false(word_at(ESP - 4) & X86_EFLAGS_RF);
}

static void test_pci_addresses(void **state)
{
	give_devices();
	answer = 0x10421AF4;
	port_write(&g, 0xCF8, 4, 0x80000800); /* slot 1 */
	port_write(&g, 0xCF8, 1, 0);          /* the address is written as a whole */
	assert_int_equal(port_read(&g, 0xCFC, 4), 0x10421AF4);
	assert_int_equal(port_read(&g, 0xCFD, 4), 0xFFFFFFFF); /* over the dword's end */
	assert_int_equal(port_read(&g, 0xCFE, 2), 0x10421AF4);
	assert_int_equal(last_offset, 2);
	port_write(&g, 0xCFE, 2, 0x77);
	assert_int_equal(last_value, 0x77);
	note(0, 0, 0);
	port_write(&g, 0xCFF, 2, 0x77);
	assert_int_equal(last_size, 0);
	g.devices.pci_address = 0x80000000; /* the bridge */
	assert_int_equal(port_read(&g, 0xCFC, 4), 0x12378086);
	port_write(&g, 0xCFC, 4, 0);
	assert_int_equal(last_size, 0);
	for (unsigned offset = 0; offset < 256; offset += 4) {
		g.devices.pci_address = 0x80000000 | offset;
		assert_int_equal(port_read(&g, 0xCFC, 4), offset == 0   ? 0x12378086
							  : offset == 8 ? 0x06000000
									: 0);
	}
}

static void test_pci_nobody(void **state)
{
	static const uint32_t nowhere[] = {0x00000800, 0x80010800, 0x80000900, 0x80001800,
					   0x8000F800};

	give_devices();
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		g.devices.pci_address = nowhere[i];
		assert_int_equal(port_read(&g, 0xCFC, 4), 0xFFFFFFFF);
		port_write(&g, 0xCFC, 4, 0);
		assert_int_equal(last_size, 0);
	}
	g.devices.pci_address = 0x80000800;
	assert_int_equal(port_read(&g, 0xCF8, 2), 0xFFFFFFFF);
	port_write(&g, 0xCF9, 1, 6); /* not the reset register of a PC */
	assert_int_equal(g.devices.pci_address, 0x80000800);
	assert_int_equal(port_read(&g, 0xCFA, 1), 0xFFFFFFFF);
}

/* ---- device memory ---- */

static void test_device_writes(void **state)
{
	give_devices();
	regs.ecx = 0x11223344;
	CODE("\x88\x28"); /* mov %ch, (%eax) */
	assert_true(mmio_access(&g, BAR + 0x14));
	assert_true(last_offset == 0x14 && last_size == 1 && last_value == 0x33);
	CODE("\x66\x89\x08");
	assert_true(mmio_access(&g, BAR + 4));
	assert_true(last_size == 2 && last_value == 0x3344);
	CODE("\xC7\x00\x78\x56\x34\x12");
	assert_true(mmio_access(&g, BAR));
	assert_true(last_size == 4 && last_value == 0x12345678);
	assert_int_equal(regs.eip, EIP + 6);
	CODE("\x88\x08"); /* mov %cl, (%eax) */
	assert_true(mmio_access(&g, BAR));
	assert_true(last_size == 1 && last_value == 0x44);
	assert_int_equal(checks, 4);
}

/* Only writes can leave work behind. */
static void test_device_reads_need_no_check(void **state)
{
	give_devices();
	CODE("\x8B\x08");
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(checks, 0);
}

static void test_device_reads(void **state)
{
	give_devices();
	answer = 0x8899AABB;
	CODE("\x8B\x08");
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.ecx, 0x8899AABB);
	CODE("\x8A\x28"); /* mov (%eax), %ch */
	regs.ecx = 0x11223344;
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.ecx, 0x1122BB44);
	CODE("\x8A\x08"); /* mov (%eax), %cl */
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.ecx, 0x1122BBBB);
	CODE("\x0F\xBE\x18"); /* movsbl (%eax), %ebx */
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.ebx, 0xFFFFFFBB);
	CODE("\x66\x0F\xBE\x18"); /* movsbw */
	regs.ebx = 0x77770000;
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.ebx, 0x7777FFBB);
	CODE("\x0F\xB7\x30"); /* movzwl (%eax), %esi */
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.esi, 0xAABB);
	answer = 0x12;
	CODE("\x0F\xBE\x18");
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(regs.ebx, 0x12);
}

static void test_device_by_other_instructions(void **state)
{
	give_devices();
	CODE("\x01\x08"); /* add %ecx, (%eax) */
	assert_true(mmio_access(&g, BAR));
	assert_int_equal(fails, 1);
	assert_int_equal(last_size, 0);
	CODE("\x89\x08");
	assert_false(mmio_access(&g, BAR + PAGE_SIZE));
	assert_false(mmio_access(&g, BAR + (1ull << 32)));
}

#define DEVICE_VA (KERNEL_VA + 100 * PAGE_SIZE)
#define ALL       (uint32_t)(PTE_P | PTE_W | PTE_A | PTE_D)

/* The guest maps the BAR at DEVICE_VA, in either format of tables. */
static void map_device(uint32_t upper, uint32_t lower, uint64_t page)
{
	uint32_t directory = TABLE | upper;
	uint64_t entry_value = page | lower;

	if (!g.shadow.tables.is_pae) {
		memcpy(memory + TOP + (DEVICE_VA >> 22) * 4, &directory, 4);
		memcpy(memory + TABLE + 100 * 4, &entry_value, 4);
		return;
	}
	memset(memory + TABLE, 0, PAGE_SIZE);
	entry_value = 0xA000 | PTE_P;
	memcpy(memory + TOP + 3 * 8, &entry_value, 8);
	entry_value = directory;
	memcpy(memory + 0xA000, &entry_value, 8);
	entry_value = page | lower;
	memcpy(memory + TABLE + 100 * 8, &entry_value, 8);
}

/* Each of the guest's bits that a CPU would look at, or set, on a write and on a read. */
static void check_rights(void)
{
	static const struct {
		uint32_t upper, lower;
		bool write, read;
	} rows[] = {
		{ALL, ALL, true, true},
		{ALL & ~PTE_D, ALL, true, true},
		{ALL, ALL & ~PTE_D, false, true},
		{ALL & ~PTE_W, ALL, false, true},
		{ALL, ALL & ~PTE_W, false, true},
		{ALL & ~PTE_A, ALL, false, false},
		{ALL, ALL & ~PTE_A, false, false},
		{ALL & ~PTE_P, ALL, false, false},
		{ALL, ALL & ~PTE_P, false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		map_device(rows[i].upper, rows[i].lower, BAR);
		regs.eip = EIP;
		assert_int_equal(mmio_access_again(&g, DEVICE_VA + 8, PF_WRITE), rows[i].write);
		regs.eip = EIP;
		assert_int_equal(mmio_access_again(&g, DEVICE_VA + 8, 0), rows[i].read);
	}
}

static void test_device_again(void **state)
{
	static uint8_t code_page[PAGE_SIZE] ALIGNED(4096) = {0x89, 0x08};

	give_devices();
	CODE("\x89\x08");
	shadow_entry = 0; /* nothing at once: the code is read through the guest's tables */
	for (unsigned pae = 0; pae < 2; pae++) {
		g.shadow.tables.is_pae = pae;
		if (pae) /* the code's own page is not mapped there, but in the shadow */
			shadow_entry = (uintptr_t)code_page | PTE_P;
		check_rights();
		map_device(ALL, ALL, BAR);
		regs.eip = EIP;
		regs.ecx = 0x1234 + pae;
		assert_true(mmio_access_again(&g, DEVICE_VA + 12, PF_WRITE));
		assert_true(last_offset == 12 && last_value == 0x1234 + pae);
		regs.eip = EIP;
		assert_false(mmio_access_again(&g, DEVICE_VA, PF_WRITE | PF_PRESENT));
		assert_false(mmio_access_again(&g, DEVICE_VA, PF_WRITE | PF_USER));
		assert_false(mmio_access_again(&g, DEVICE_VA, PF_INSTR));
		claims_all = true; /* a BAR that the guest moved there: memory comes first */
		map_device(ALL, ALL, MEMORY - PAGE_SIZE);
		assert_false(mmio_access_again(&g, DEVICE_VA, PF_WRITE));
		claims_all = false;
		map_device(ALL, ALL, BAR + PAGE_SIZE); /* nobody there */
		assert_false(mmio_access_again(&g, DEVICE_VA, PF_WRITE));
	}
	map_device(ALL, ALL, BAR + (1ull << 32));
	assert_false(mmio_access_again(&g, DEVICE_VA, PF_WRITE));
	map_device(ALL, ALL, BAR);
	g.shadow.is_linear = true;
	assert_false(mmio_access_again(&g, DEVICE_VA, PF_WRITE));
	assert_int_equal(fails, 0);
	shadow_entry = 0;
}

/* A device's page is noted by the first access, and the fault then need not be looked into. */
static void test_device_page_is_noted(void **state)
{
	give_devices();
	CODE("\x89\x08");
	map_device(ALL, ALL, BAR);
	g.fault_address = DEVICE_VA + 4;
	assert_true(mmio_access(&g, BAR + 4));
	assert_int_equal(*mmio_page_of(&g, DEVICE_VA + 0xFFF), DEVICE_VA);
	fault_result = SHADOW_STOPPED;
	regs.eip = EIP;
	regs.trapno = X86_TRAP_PF;
	regs.errcode = PF_WRITE;
	cr2 = DEVICE_VA + 20;
	trap_handle_exit(&g);
	assert_int_equal(fails, 0);
	assert_int_equal(last_offset, 20);
	cr2 = DEVICE_VA + PAGE_SIZE;
	trap_handle_exit(&g);
	assert_int_equal(fails, 1);
}

/* ---- the guest's memory by its virtual addresses ---- */

static void test_guest_memory(void **state)
{
	uint8_t bytes[64], again[64];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	map(9, 3); /* two virtual pages that are not neighbours in memory */
	map(8, 3);
	assert_int_equal(guest_write_virtual(&g, KERNEL_VA + 0x8FE0, bytes, 64), 0);
	assert_int_equal(guest_read_virtual(&g, KERNEL_VA + 0x8FE0, again, 64), 0);
	assert_memory_equal(bytes, again, 64);
	memset(again, 0, sizeof(again));
	assert_int_equal(guest_peek_virtual(&g, KERNEL_VA + 0x8FE0, again, 64), 0);
	assert_memory_equal(bytes, again, 64);
	assert_true(word_at(KERNEL_VA + TABLE + 8 * 4) & PTE_D);
	map(9, 1);
	assert_int_equal(guest_write_virtual(&g, KERNEL_VA + 0x8FE0, bytes, 64), -EFAULT);
	assert_int_equal(guest_peek_virtual(&g, KERNEL_VA + 0x8FE0, again, 64), 0);
	assert_false(word_at(KERNEL_VA + TABLE + 9 * 4) & PTE_A); /* looking leaves no trace */
	assert_int_equal(guest_read_virtual(&g, KERNEL_VA + 0x8FE0, again, 64), 0);
	assert_true(word_at(KERNEL_VA + TABLE + 9 * 4) & PTE_A);
	assert_false(word_at(KERNEL_VA + TABLE + 9 * 4) & PTE_D);
	map(9, 0);
	assert_int_equal(guest_peek_virtual(&g, KERNEL_VA + 0x8FE0, again, 64), -EFAULT);
	assert_int_equal(guest_read_virtual(&g, KERNEL_VA + 0x8FE0, again, 64), -EFAULT);
	assert_null(guest_look(&g, WINDOW_BASE, 1));
	g.shadow.is_linear = true;
	assert_ptr_equal(guest_look(&g, 0x5000, PAGE_SIZE), memory + 0x5000);
	assert_null(guest_look(&g, MEMORY - 1, 2));
	assert_null(guest_look(&g, 0, MEMORY + 1));
	assert_null(guest_look(&g, 0xFFFFFFFF, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ring_3_may_nothing),
		TEST(test_error_code),
		TEST(test_software_interrupts),
		TEST(test_vmcall),
		TEST(test_fetch),
		TEST(test_ports),
		TEST(test_single_step),
		TEST(test_pci_addresses),
		TEST(test_pci_nobody),
		TEST(test_device_writes),
		TEST(test_device_reads),
		TEST(test_device_reads_need_no_check),
		TEST(test_device_by_other_instructions),
		TEST(test_device_again),
		TEST(test_device_page_is_noted),
		TEST(test_guest_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
