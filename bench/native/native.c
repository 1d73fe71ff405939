/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations on the bare PC, rings 0 and 3: the same code without a hypervisor. */
#include "bench/native/native.h"

#include "bench/guests/ops/ops.h"
#include "guests/lib/console.h"
#include "guests/lib/string.h"

#define SAMPLES       50u
#define MAPPED_PAGES  4096u /* from address 0 */
#define PTES          1024u
#define OUR_INTERRUPT 0x40

#define SERIAL    0x3F8
#define LSR       5
#define LSR_EMPTY 0x20
#define QEMU_EXIT 0xF4

#define CR0_PG      0x80000000u
#define SVR_ENABLED 0x100u
#define ICR_SELF    0x40000u

struct table_pointer {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* SDM 3A 7.2.1; what is not named is not used. */
static struct {
	uint32_t link, esp0, ss0, unused[22];
} tss;

#define FLAT(access) (0x00CF00000000FFFFull | (uint64_t)(access) << 40)
static uint64_t gdt[6] = {0, FLAT(0x9B), FLAT(0x93), FLAT(0xFB), FLAT(0xF3)};
static uint64_t idt[256];
extern const struct table_pointer native_gdtr;
const struct table_pointer native_gdtr = {sizeof(gdt) - 1, (uint32_t)gdt};
static const struct table_pointer idtr = {sizeof(idt) - 1, (uint32_t)idt};

static PAGE_ALIGNED uint32_t roots[2][PTES];
static PAGE_ALIGNED uint32_t low[MAPPED_PAGES], user_tables[2][PTES], apic_table[PTES],
	ops_table[PTES];
static PAGE_ALIGNED uint8_t page[PAGE_SIZE], user_stack[PAGE_SIZE], trap_stack[PAGE_SIZE];
uint32_t *machine_table = ops_table;
const struct op machine_ops[] = {{.name = NULL}};

extern char native_leave[], native_interrupt[], native_unexpected[], native_user_start[],
	native_user_phys[];
uint32_t native_user(const char *eip, uint32_t esp, uint32_t ecx, uint32_t edi);
void native_main(void);
__attribute__((noreturn)) void native_stop(const uint32_t *frame);

static void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

int printf(const char *fmt, ...)
{
	char text[160];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (const char *s = text; *s; s++) {
		while (!(inb(SERIAL + LSR) & LSR_EMPTY))
			;
		outb(SERIAL, (uint8_t)*s);
	}
	return len;
}

static void end(uint8_t code)
{
	outb(QEMU_EXIT, code);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void native_stop(const uint32_t *frame)
{
	printf("unexpected trap: %08x %08x %08x %08x\n", frame[0], frame[1], frame[2], frame[3]);
	end(1);
	__builtin_unreachable();
}

void machine_gate(unsigned vector, unsigned type, uint32_t eip)
{
	idt[vector] = (uint64_t)(eip & 0xFFFF0000) << 32 | (uint64_t)(0xE000 | type << 8) << 32 |
		      KERNEL_CS << 16 | (eip & 0xFFFF);
}

uint32_t machine_run_user(const char *code, uint32_t edi)
{
	return native_user(code, USER_STACK_TOP - 16, OPS_TIMES, edi);
}

uint32_t machine_fault_address(void)
{
	uint32_t cr2;

	__asm__ volatile("movl %%cr2, %0" : "=r"(cr2));
	return cr2;
}

uint32_t machine_page(void)
{
	return addr32(page);
}

/* An entry that was absent is not in the TLB (SDM 3A 4.10.2.3), one that is absent now may be. */
void machine_entry_changed(uint32_t va, uint32_t pte)
{
	if (!(pte & PTE_PRESENT))
		__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void machine_space(unsigned number)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(roots[number]) : "memory");
}

void machine_nothing(unsigned number)
{
	(void)number;
}

static volatile uint32_t *apic(uint32_t offset)
{
	return (volatile uint32_t *)(APIC_VA + offset);
}

void machine_raise(void)
{
	*apic(APIC_ICR) = ICR_SELF | OUR_INTERRUPT;
}

/* An interrupt is taken after the instruction that follows sti. */
void machine_let_in(void)
{
	__asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
}

static void map(uint32_t *table, uint32_t va, uint32_t entry)
{
	table[va >> 12 & (PTES - 1)] = entry;
	roots[0][va >> 22] = addr32(table) | (uint32_t)PTE_TABLE;
}

static void paging_on(void)
{
	for (uint32_t i = 0; i < MAPPED_PAGES; i++)
		map(&low[i & ~(PTES - 1)], i * PAGE_SIZE,
		    i * PAGE_SIZE | (uint32_t)PTE_KERNEL_PAGE);
	for (uint32_t i = 0; i < 16; i++)
		map(user_tables[0], addr32(native_user_start) + i * PAGE_SIZE,
		    (addr32(native_user_phys) + i * PAGE_SIZE) | (uint32_t)PTE_USER_PAGE);
	map(user_tables[1], USER_STACK_TOP - PAGE_SIZE,
	    addr32(user_stack) | (uint32_t)PTE_USER_PAGE);
	map(apic_table, APIC_VA, APIC_VA | (uint32_t)PTE_KERNEL_PAGE);
	memcpy(roots[1], roots[0], sizeof(roots[0]));
	map(ops_table, OPS_VA, 0);
	machine_space(0);
	__asm__ volatile("movl %%cr0, %%eax\n\torl %0, %%eax\n\tmovl %%eax, %%cr0"
			 :
			 : "i"(CR0_PG)
			 : "eax", "memory");
}

static void tables_on(void)
{
	uint32_t base = addr32(&tss);

	tss.esp0 = addr32(trap_stack) + PAGE_SIZE;
	tss.ss0 = KERNEL_DS;
	gdt[TSS_SELECTOR >> 3] = (sizeof(tss) - 1) | (uint64_t)(base & 0xFFFFFF) << 16 |
				 0x89ull << 40 | (uint64_t)(base >> 24) << 56;
	for (unsigned v = 0; v < 256; v++)
		machine_gate(v, GATE_INTERRUPT, addr32(native_unexpected));
	machine_gate(OPS_LEAVE, GATE_TRAP, addr32(native_leave));
	machine_gate(OUR_INTERRUPT, GATE_INTERRUPT, addr32(native_interrupt));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	__asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR));
}

/* The 8259s, as the firmware left them, keep quiet. */
static void interrupts_on(void)
{
	outb(0x21, 0xFF);
	outb(0xA1, 0xFF);
	*apic(APIC_SVR) = SVR_ENABLED | 0xFF;
}

void native_main(void)
{
	struct ops_wanted wanted = {.samples = SAMPLES};

	tables_on();
	paging_on();
	interrupts_on();
	ops_run(&wanted);
	end(0x21);
}
