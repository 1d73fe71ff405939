/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bystander's processor: what it loaded must stay, however often others run in between. */
#include "test/guests/bystander/bystander.h"

#define SPINS       4000u /* round the loop that holds the registers */
#define TLS_BASE    0x00345000u
#define TLS_FS      (GDT_TLS_FIRST << 3 | 3)
#define TLS_GS      ((GDT_TLS_FIRST + 1) << 3 | 3)
#define DEBUG_SET   1
#define DR7_WATCHED (1u | 1u << 16 | 3u << 18) /* breakpoint 0: a write of 4 bytes */
#define FPU_BYTES   512
#define XMM_AT      160u
#define XMM_END     288u

/*
 * Spins with known registers. In: eax = rounds. Out: eax = 0, or the rounds that were left when a
 * register had changed. Keeps all others. For ring 1 and ring 3.
 */
#define SPIN(name)                                                                                 \
#name ":\n"                                                                                \
	      "	pushl %ebx; pushl %ecx; pushl %edx; pushl %esi; pushl %edi; pushl %ebp\n"          \
	      "	movl $0xB1B2B3B4, %ebx; movl $0xC1C2C3C4, %ecx; movl $0xD1D2D3D4, %edx\n"          \
	      "	movl $0x51525354, %esi; movl $0xD5D6D7D8, %edi; movl $0xB5B6B7B8, %ebp\n"          \
	      "1:	cmpl $0xB1B2B3B4, %ebx; jne 2f; cmpl $0xC1C2C3C4, %ecx; jne 2f\n"                \
	      "	cmpl $0xD1D2D3D4, %edx; jne 2f; cmpl $0x51525354, %esi; jne 2f\n"                  \
	      "	cmpl $0xD5D6D7D8, %edi; jne 2f; cmpl $0xB5B6B7B8, %ebp; jne 2f\n"                  \
	      "	decl %eax; jnz 1b\n"                                                               \
	      "2:	popl %ebp; popl %edi; popl %esi; popl %edx; popl %ecx; popl %ebx\n"

__asm__(SPIN(spin_ring1) "	ret\n");
uint32_t spin_ring1(void);

USER_CODE(spin_ring3, SPIN(spin_user) "int $0x80\n");

struct fpu_image {
	uint8_t bytes[FPU_BYTES];
} __attribute__((aligned(16)));

static struct fpu_image loaded, seen;
static bool has_sse;
static volatile uint32_t watched, hits;
static uint32_t rights[LGUEST_GDT_ENTRIES], limits[LGUEST_GDT_ENTRIES];

static bool hit(struct regs *r)
{
	(void)r;
	hits++;
	hcall3(LHCALL_GH_DEBUGREG, 6, 0, DEBUG_SET);
	return true;
}

static void fpu_begin(uint32_t seed)
{
	uint32_t eax = 1, ebx, ecx, edx, mxcsr = 0x1F80;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	has_sse = edx >> 25 & 1;
	if (!has_sse)
		return;
	__asm__ volatile("fninit\n\tfldpi\n\tfldl2e\n\tfld1\n\tldmxcsr %0" : : "m"(mxcsr));
	__asm__ volatile("fxsave %0" : "=m"(loaded));
	for (unsigned i = XMM_AT; i < XMM_END; i++)
		loaded.bytes[i] = (uint8_t)(seed * 7 + i * 13 + (seed >> 8));
	__asm__ volatile("fxrstor %0" : : "m"(loaded));
}

static void load_fs_gs(void)
{
	__asm__ volatile("movl %0, %%fs\n\tmovl %1, %%gs" : : "r"(TLS_FS), "r"(TLS_GS));
}

static void segments_begin(uint32_t seed)
{
	static struct descriptor tls[3];

	tls[0] = segment_make(TLS_BASE, 0xFFF, 0xF2, 0x4);
	tls[1] = segment_make(seed, seed >> 12 & 0xFFFFF, 0xF2, 0xC);
	segment_load_tls(tls);
	for (unsigned i = 0; i < LGUEST_GDT_ENTRIES; i++) {
		rights[i] = segment_lar(i << 3 | 1);
		limits[i] = segment_lsl(i << 3 | 1);
	}
	load_fs_gs();
}

void processor_begin(uint32_t seed)
{
	ring3_init();
	trap_handle(TRAP_DEBUG, hit);
	hcall3(LHCALL_GH_DEBUGREG, 0, addr32(&watched), DEBUG_SET);
	hcall3(LHCALL_GH_DEBUGREG, 1, seed & 0x3FFFFFFF, DEBUG_SET);
	hcall3(LHCALL_GH_DEBUGREG, 2, ~seed & 0x3FFFFFFF, DEBUG_SET);
	hcall3(LHCALL_GH_DEBUGREG, 7, DR7_WATCHED, DEBUG_SET);
	fpu_begin(seed);
	segments_begin(seed);
}

static void check_fpu(void)
{
	if (!has_sse)
		return;
	__asm__ volatile("fxsave %0" : "=m"(seen));
	CHECK(!memcmp(seen.bytes + XMM_AT, loaded.bytes + XMM_AT, XMM_END - XMM_AT),
	      "its SSE registers changed");
	CHECK(!memcmp(seen.bytes + 32, loaded.bytes + 32, 48), "its x87 registers changed");
	CHECK(!memcmp(seen.bytes, loaded.bytes, 4), "its x87 control or status changed");
	CHECK(!memcmp(seen.bytes + 24, loaded.bytes + 24, 4), "its mxcsr changed");
}

void processor_check(void)
{
	uint32_t left = SPINS, fs, gs;

	__asm__ volatile("call spin_ring1" : "+a"(left) : : "cc", "memory");
	CHECK(!left, "a register changed, %u of %u rounds before the end", left, SPINS);
	check_fpu();
	__asm__ volatile("movl %%fs, %0\n\tmovl %%gs, %1" : "=r"(fs), "=r"(gs));
	CHECK((fs & 0xFFFF) == TLS_FS && (gs & 0xFFFF) == TLS_GS, "fs is 0x%x, gs 0x%x", fs, gs);
}

static void check_debug_registers(void)
{
	static uint32_t writes;
	static uint32_t addresses[3];

	watched = ++writes;
	CHECK(hits == writes, "%u hits of a breakpoint after %u writes", hits, writes);
	for (unsigned n = 0; n < 3; n++) {
		uint32_t address = hcall3(LHCALL_GH_DEBUGREG, n, 0, 0);

		CHECK(writes == 1 || address == addresses[n], "dr%u is 0x%x, not 0x%x", n, address,
		      addresses[n]);
		addresses[n] = address;
	}
	CHECK((hcall3(LHCALL_GH_DEBUGREG, 7, 0, 0) & DR7_WATCHED) == DR7_WATCHED, "dr7 is 0x%x",
	      hcall3(LHCALL_GH_DEBUGREG, 7, 0, 0));
}

static void check_system_call(void)
{
	struct regs r = ring3_start(spin_ring3);

	r.eax = SPINS;
	r.fs = TLS_FS;
	r.gs = TLS_GS;
	check_ring3_leaves("a system call", &r, 0x80);
	CHECK(!r.eax, "in ring 3 a register changed, %u of %u rounds before the end", r.eax, SPINS);
	CHECK(r.fs == TLS_FS && r.gs == TLS_GS, "after ring 3 fs is 0x%x, gs 0x%x", r.fs, r.gs);
	load_fs_gs(); /* ring3_run() clears them */
	irq_enable();
}

void processor_check_more(void)
{
	for (unsigned i = 0; i < LGUEST_GDT_ENTRIES; i++)
		CHECK(segment_lar(i << 3 | 1) == rights[i] && segment_lsl(i << 3 | 1) == limits[i],
		      "GDT entry %u has rights 0x%x, limit 0x%x", i, segment_lar(i << 3 | 1),
		      segment_lsl(i << 3 | 1));
	check_debug_registers();
	TRAP_TRY("int3", :);
	CHECK(trap_was(TRAP_BREAKPOINT), "int3: %u traps, vector %u", trap_seen.count,
	      trap_seen.vector);
	check_system_call();
}
