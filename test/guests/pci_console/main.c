/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console on PCI: found by ports, driven by a modern driver, every kind of move. */
/* paging: both */
/* expect: success */
/* expect-log: "said by a modern driver" */
#include "test/guests/pci_console/driver.h"

static volatile uint32_t interrupts, isr_in_handler;

static bool on_interrupt(struct regs *r)
{
	(void)r;
	interrupts++;
	isr_in_handler = isr_read();
	return true;
}

static uint32_t read_by_address(uint32_t address)
{
	uint32_t value;

	__asm__ volatile("outl %0, %%dx" : : "a"(address), "d"(0xCF8));
	__asm__ volatile("inl %%dx, %0" : "=a"(value) : "d"(0xCFC));
	return value;
}

static void check_bus(void)
{
	uint32_t id;

	CHECK(pci_read(0, PCI_CLASS, 2) == 0x0600, "slot 0 has class 0x%x",
	      pci_read(0, PCI_CLASS, 2));
	CHECK(pci_read(0, PCI_ID, 4) != 0xFFFFFFFF, "no bridge");
	CHECK(pci_find(), "no console with all its capabilities in slot 1");
	for (unsigned slot = 9; slot < 32; slot++)
		CHECK(pci_read(slot, PCI_ID, 4) == 0xFFFFFFFF, "something in slot %u", slot);
	id = read_by_address(0x80000900);
	CHECK(id == 0xFFFFFFFF, "function 1 of slot 1 reads 0x%x", id);
	id = read_by_address(0x80010800);
	CHECK(id == 0xFFFFFFFF, "bus 1 reads 0x%x", id);
	id = read_by_address(0x00000800);
	CHECK(id == 0xFFFFFFFF, "with the enable bit clear 0x%x", id);
}

static void check_configuration(void)
{
	uint32_t at = pci_read(SLOT, PCI_BAR0, 4);

	CHECK(pci_read(SLOT, PCI_ID, 2) == 0x1AF4 && pci_read(SLOT, PCI_ID + 2, 2) == 0x1043,
	      "by words");
	CHECK(pci_read(SLOT, 0, 1) == 0xF4 && pci_read(SLOT, 1, 1) == 0x1A &&
		      pci_read(SLOT, 2, 1) == 0x43 && pci_read(SLOT, 3, 1) == 0x10,
	      "by bytes");
	CHECK(pci_read(SLOT, PCI_LINE, 1) == SLOT && !pci_read(SLOT, PCI_LINE + 1, 1),
	      "interrupt line %u, pin %u", pci_read(SLOT, PCI_LINE, 1),
	      pci_read(SLOT, PCI_LINE + 1, 1));
	CHECK(at == boot_ram_bytes() + (1u << 20), "the BAR is at 0x%x", at);
	pci_write(SLOT, PCI_BAR0, 4, 0xFFFFFFFF);
	CHECK(pci_read(SLOT, PCI_BAR0, 4) == 0u - BAR_BYTES, "BAR size: 0x%x",
	      pci_read(SLOT, PCI_BAR0, 4));
	pci_write(SLOT, PCI_BAR0, 4, at);
}

/* One instruction on the BAR; in, out: what eax holds before and after. */
#define CHECK_MOVE(code, offset, in, out)                                                          \
	do {                                                                                       \
		uint32_t value = (in);                                                             \
                                                                                                   \
		TRAP_TRY(code, "+a"(value)                                                         \
			 : "b"(BAR_VA + (offset)), "c"((offset) / 4)                               \
			 : "memory");                                                              \
		check_no_trap(code);                                                               \
		CHECK(value == (out), code ": eax 0x%x", value);                                   \
	} while (0)

/* MSIX reads 0xFFFF, which tells widths and signs apart. */
static void check_moves(void)
{
	CHECK_MOVE("movb (%%ebx), %%al", MSIX, 0x12345678, 0x123456FF);
	CHECK_MOVE("movb (%%ebx), %%ah", MSIX, 0x12345678, 0x1234FF78);
	CHECK_MOVE("movw (%%ebx), %%ax", MSIX, 0x12345678, 0x1234FFFF);
	CHECK_MOVE("movl (%%ebx), %%eax", MSIX, 0x12345678, 0x0000FFFF);
	CHECK_MOVE("movzbl (%%ebx), %%eax", MSIX, 0x12345678, 0x000000FF);
	CHECK_MOVE("movzwl (%%ebx), %%eax", MSIX, 0x12345678, 0x0000FFFF);
	CHECK_MOVE("movzbw (%%ebx), %%ax", MSIX, 0x12345678, 0x123400FF);
	CHECK_MOVE("movsbl (%%ebx), %%eax", MSIX, 0x12345678, 0xFFFFFFFF);
	CHECK_MOVE("movswl (%%ebx), %%eax", MSIX, 0x12345678, 0xFFFFFFFF);
	CHECK_MOVE("movsbw (%%ebx), %%ax", MSIX, 0x12345678, 0x1234FFFF);
	CHECK_MOVE("movl 0x7FFFFF00(%%ebx), %%eax", MSIX - 0x7FFFFF00, 0, 0xFFFF);
	CHECK_MOVE("movl 0xE0000000(,%%ecx,4), %%eax", MSIX, 0, 0xFFFF);
	CHECK_MOVE("movl %%ds:0xE0000010, %%eax", MSIX, 0, 0xFFFF);
	CHECK_MOVE("movl %%eax, (%%ebx)\n\tmovl %%es:(%%ebx), %%eax", DFSELECT, 0x87654321,
		   0x87654321);
	CHECK_MOVE("movw %%ax, (%%ebx)\n\tmovl (%%ebx), %%eax", DFSELECT, 0x87654321, 0x4321);
	CHECK_MOVE("movb %%ah, (%%ebx)\n\tmovl (%%ebx), %%eax", DFSELECT, 0x87654321, 0x43);
	CHECK_MOVE("movl %%eax, 0xE0000000\n\tmovl (%%ebx), %%eax", DFSELECT, 0x123, 0x123);
	CHECK_MOVE("movl $0x89ABCDEF, (%%ebx)\n\tmovl (%%ebx), %%eax", DFSELECT, 0, 0x89ABCDEF);
	CHECK_MOVE("movw $0x8001, 0(%%ebx)\n\tmovl (%%ebx), %%eax", DFSELECT, 0, 0x8001);
	CHECK_MOVE("movb $1, (%%ebx)\n\tmovl (%%ebx), %%eax", DFSELECT, 0, 1);
	CHECK(common_read(DF, 4) & 1, "VERSION_1 is not offered");
	/* over the end of the BAR, with nothing mapped behind it */
	CHECK_MOVE("movw (%%ebx), %%ax", BAR_BYTES - 2, 0x12345678, 0x12340000);
}

static void check_interrupts(void)
{
	isr_read();
	output_post("said by a modern driver\n");
	irq_enable();
	kick(OUTPUT);
	CHECK(output_wait() && interrupts, "no interrupt");
	irq_disable();
	CHECK(interrupts == 1 && isr_in_handler == 1, "%u interrupts, ISR 0x%x", interrupts,
	      isr_in_handler);
	CHECK(isr_read() == 0, "ISR is not cleared by reading");
	/* Reading ISR takes back what was not delivered yet. */
	output_post(".\n");
	kick(OUTPUT);
	CHECK(output_wait(), "the second line was not taken");
	CHECK(isr_read() == 1, "ISR is not 1");
	irq_enable();
	hcall0(LHCALL_SEND_INTERRUPTS);
	irq_disable();
	CHECK(interrupts == 1, "an interrupt that was taken back came");
	/* Asked for none. */
	*(volatile uint16_t *)(rings[OUTPUT] + RING_AVAIL) = 1;
	say(".\n");
	CHECK(isr_read() == 0, "an interrupt in spite of NO_INTERRUPT");
	*(volatile uint16_t *)(rings[OUTPUT] + RING_AVAIL) = 0;
}

/* 64 KiB higher up, in the middle of a driver's life. */
static void check_moving(void)
{
	uint32_t at = pci_read(SLOT, PCI_BAR0, 4);

	pci_write(SLOT, PCI_BAR0, 4, at + 0x10000);
	bar_map();
	say("said through a moved BAR\n");
	pci_write(SLOT, PCI_BAR0, 4, at);
	bar_map();
	say("and back\n");
}

void test_main(void)
{
	check_bus();
	check_configuration();
	bar_map();
	check_moves();
	CHECK(common_read(NUMQ, 2) == 2, "%u queues", common_read(NUMQ, 2));
	driver_start();
	trap_handle(IRQ_VECTOR(SLOT), on_interrupt);
	check_interrupts();
	check_moving();
	for (unsigned i = 0; i < 100; i++)
		say("one of a hundred lines\n");
	common_write(STATUS, 1, 0);
	CHECK(common_read(STATUS, 1) == 0, "not reset");
}
