/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a life leaves in FPU, debug registers, GDT, IDT, TS, clock and ring does not reach the next.
 */
/* paging: 2level */
/* expect: success */
/* guest-line: disk=data */
/* ramdisk: data=64K */
#include "test/guests/lib/gblk.h"

#define MARK  0x53544154u
#define DIRTY 0x244000u /* ID, AC, NT */

struct fpu_image {
	uint16_t control, status, tags, opcode;
	uint32_t ip, cs, dp, ds, mxcsr, mxcsr_mask;
	uint8_t st[8][16], xmm[8][16], rest[224];
} __attribute__((aligned(16)));

static struct gvirtio d;
static struct fpu_image image;
static uint32_t lives[GBLK_SECTOR / 4];

static void check_fpu(void)
{
	TRAP_TRY("fxsave %0", "=m"(image));
	check_no_trap("fxsave: TS");
	CHECK(image.control == 0x37F && image.status == 0 && (image.tags & 0xFF) == 0,
	      "x87 control 0x%x, status 0x%x, tags 0x%x", image.control, image.status, image.tags);
	CHECK(image.ip == 0 && image.dp == 0 && image.opcode == 0, "x87 pointers 0x%x, 0x%x, 0x%x",
	      image.ip, image.dp, image.opcode);
	CHECK(image.mxcsr == 0x1F80, "mxcsr 0x%x", image.mxcsr);
	for (unsigned i = 0; i < 128; i++)
		CHECK(image.xmm[i / 16][i % 16] == 0, "xmm%u byte %u is 0x%x", i / 16, i % 16,
		      image.xmm[i / 16][i % 16]);
	for (unsigned i = 0; i < 128; i++)
		CHECK(image.st[i / 16][i % 16] == 0, "st%u byte %u is 0x%x", i / 16, i % 16,
		      image.st[i / 16][i % 16]);
}

static void check_tables(void)
{
	for (unsigned i = 1; i < LGUEST_GDT_ENTRIES; i++)
		CHECK(i == LGUEST_CS >> 3 || i == LGUEST_DS >> 3 || !segment_lar(i << 3 | 1),
		      "GDT entry %u is there", i);
	TRAP_TRY("int $0x91");
	CHECK(trap_was(TRAP_PROTECTION), "int 0x91: vector %u", trap_seen.vector);
	for (unsigned n = 0; n < 8; n++) {
		uint32_t fresh = n == 6 ? 0xFFFF0FF0 : 0;

		if (n == 4 || n == 5)
			continue;
		CHECK(hcall3(LHCALL_GH_DEBUGREG, n, 0, 0) == fresh, "dr%u 0x%x", n,
		      hcall3(LHCALL_GH_DEBUGREG, n, 0, 0));
	}
}

static void check_fresh(void)
{
	uint32_t flags, fs, gs, ldt;

	__asm__ volatile("pushfl\n\tpopl %0\n\tmovl %%fs, %1\n\tmovl %%gs, %2\n\tsldt %3"
			 : "=r"(flags), "=r"(fs), "=r"(gs), "=r"(ldt));
	CHECK(!(flags & DIRTY), "eflags 0x%x", flags);
	CHECK(!(fs & 0xFFFF) && !(gs & 0xFFFF) && !(ldt & 0xFFFF), "fs 0x%x, gs 0x%x, ldt 0x%x", fs,
	      gs, ldt);
	check_fpu();
	check_tables();
	/* neither the clock of the last life nor its queued calls come to this one */
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	irq_enable();
	for (volatile unsigned i = 0; i < 1000000; i++)
		;
	irq_disable();
	CHECK(clock_count == 0, "%u interrupts of the last life's clock", clock_count);
	check_tables();
}

__attribute__((noreturn)) static void leave_all_dirty(void)
{
	static uint8_t stack[64];
	struct descriptor own = segment_flat(1, SEGMENT_DATA);

	memset(&image, 0x5A, sizeof(image));
	image.control = 0x360;
	image.status = image.tags = 0xFF;
	image.mxcsr = 0x1FBF;
	__asm__ volatile("fxrstor %0" : : "m"(image));
	for (unsigned i = 1; i < LGUEST_GDT_ENTRIES; i++)
		if (i != LGUEST_CS >> 3)
			segment_load(i, own);
	for (unsigned v = 32; v < 256; v++)
		trap_gate(v, GATE_TRAP, 3);
	__asm__ volatile("movl %0, %%fs\n\tmovl %0, %%gs" : : "r"(20 << 3 | 1));
	for (unsigned n = 0; n < 4; n++)
		hcall3(LHCALL_GH_DEBUGREG, n, 0x100000 + n * 4, 1);
	hcall3(LHCALL_GH_DEBUGREG, 7, 0x55, 1);
	hcall3(LHCALL_GH_DEBUGREG, 6, 0xF, 1);
	hcall3(LHCALL_SET_STACK, LGUEST_DS, addr32(stack) + sizeof(stack), 1);
	hcall1(LHCALL_TS, 1);
	clock_arm_ns(100000);
	__asm__ volatile("pushl %0\n\tpopfl" : : "i"(DIRTY | 2) : "memory", "cc");
	shutdown(LGUEST_SHUTDOWN_RESTART, "with everything changed");
}

void test_main(void)
{
	check_fresh();
	CHECK(gvirtio_find(&d, &gvirtio_pci, VIRTIO_ID_BLOCK, 0), "no disk");
	gvirtio_start(&d, 0);
	gblk_read(&d, 0, lives, 1);
	if (lives[1] != MARK)
		lives[0] = 0;
	lives[1] = MARK;
	if (++lives[0] == 3)
		return;
	gblk_write(&d, 0, lives, 1);
	leave_all_dirty();
}
