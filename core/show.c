/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits as text for people: registers, descriptors, page table entries. */
#include "core/show.h"

#include "arch/x86/cpu_bits.h"
#include "core/lib.h"
#include "core/util.h"

/* Behind what is there. */
static void add_word(char to[SHOW_MAX], const char *between, const char *word)
{
	size_t n = strlen(to);

	snprintf(to + n, SHOW_MAX - n, "%s%s", n ? between : "", word);
}

void show_eflags(char to[SHOW_MAX], uint32_t eflags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} flags[] = {
		{X86_EFLAGS_ID, "ID"},
		{X86_EFLAGS_VIP, "VIP"},
		{X86_EFLAGS_VIF, "VIF"},
		{X86_EFLAGS_AC, "AC"},
		{X86_EFLAGS_VM, "VM"},
		{X86_EFLAGS_RF, "RF"},
		{X86_EFLAGS_NT, "NT"},
		{0x800, "OF"},
		{0x400, "DF"},
		{X86_EFLAGS_IF, "IF"},
		{X86_EFLAGS_TF, "TF"},
		{0x80, "SF"},
		{0x40, "ZF"},
		{0x10, "AF"},
		{0x04, "PF"},
		{0x01, "CF"},
	};
	char iopl[] = "IOPL 0";

	to[0] = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
		if (eflags & flags[i].bit)
			add_word(to, " ", flags[i].name);
	if (eflags & X86_EFLAGS_IOPL) {
		iopl[5] = (char)('0' + (eflags >> 12 & 3));
		add_word(to, " ", iopl);
	}
}

/* SDM 3A 3.4.5: in bytes or pages, as G says. */
static uint32_t limit_of(uint64_t d)
{
	uint32_t limit = (uint32_t)(d & 0xFFFF) | (uint32_t)(d >> 32 & 0xF0000);

	return d >> 55 & 1 ? limit << PAGE_SHIFT | ~PAGE_MASK : limit;
}

void show_descriptor(char to[SHOW_MAX], uint64_t d)
{
	static const char *const system[] = {
		"type 0",        "286 TSS",   "LDT",          "busy 286 TSS",
		"286 call gate", "task gate", "286 int gate", "286 trap gate",
		"type 8",        "TSS",       "type 10",      "busy TSS",
		"call gate",     "type 13",   "int gate",     "trap gate",
	};
	const char *kind = d & DESC_CODE ? "code" : "data";

	if (!d) {
		snprintf(to, SHOW_MAX, "empty");
		return;
	}
	if (!(d & DESC_ORDINARY))
		kind = system[d >> 40 & 15];
	snprintf(to, SHOW_MAX, "%s ring %u %08x limit %08x%s%s", kind, DESC_DPL_OF(d),
		 descriptor_base(d), limit_of(d),
		 d & DESC_ORDINARY && !(d >> 54 & 1) ? " 16-bit" : "",
		 d & DESC_PRESENT ? "" : " absent");
}

void show_descriptor_changes(char to[SHOW_MAX], unsigned changes)
{
	static const char *const texts[] = {
		"refused: not a code or data segment",
		"ring 0 became ring 1",
		"accessed set beforehand",
		"64-bit bit cleared",
	};

	to[0] = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)
		if (changes >> i & 1)
			add_word(to, ", ", texts[i]);
}

void show_gate(char to[SHOW_MAX], uint64_t gate)
{
	unsigned type = GATE_TYPE_OF(gate);
	char other[16];

	if (!gate) {
		snprintf(to, SHOW_MAX, "none");
		return;
	}
	snprintf(other, sizeof(other), "type 0x%02x", type);
	snprintf(to, SHOW_MAX, "%s %04x:%08x dpl %u%s",
		 type == GATE_TRAP        ? "trap"
		 : type == GATE_INTERRUPT ? "int"
					  : other,
		 (unsigned)(gate >> 16 & 0xFFFF), GATE_OFFSET_OF(gate), DESC_DPL_OF(gate),
		 gate & DESC_PRESENT ? "" : " absent");
}

const char *show_gate_way(enum gate_way way)
{
	static const char *const texts[GATE_WAYS] = {
		[GATE_DIRECT] = "direct",
		[GATE_DEBUG] = "the DR6 it reads is virtual",
		[GATE_MACHINE] = "the machine's own trap",
		[GATE_TS] = "CR0.TS is virtual",
		[GATE_ENTRY] = "also raised on the way into a guest",
		[GATE_EMULATION] = "may be an instruction to emulate",
		[GATE_SHADOW] = "may be for a shadow table to fill",
		[GATE_LOOPS] = "its frame might raise it again",
		[GATE_RESERVED] = "no CPU raises it",
		[GATE_HYPERCALL] = "hypercalls",
		[GATE_VIRTUAL] = "a virtual interrupt, which Gatehouse delivers",
		[GATE_SOFTWARE] = "not its system call vector",
		[GATE_HOST] = "an interrupt of the machine",
		[GATE_DEBUGGER] = "the debugger wants to know first",
		[GATE_NO_WISH] = "the guest has no gate there",
		[GATE_CLEARS_IF] = "an interrupt gate would clear the real IF",
	};

	return texts[way];
}

const char *show_vector(unsigned vector)
{
	static const char names[][4] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
					"#NM", "#DF", "",    "#TS", "#NP", "#SS", "#GP",
					"#PF", "",    "#MF", "#AC", "#MC", "#XM"};

	return vector < ARRAY_SIZE(names) ? names[vector] : "";
}

void show_entry(char to[7], uint64_t entry)
{
	static const uint64_t bits[] = {PTE_P, PTE_W, PTE_U, PTE_A, PTE_D, PTE_NX};

	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
		to[i] = entry & bits[i] ? "PWUADX"[i] : '-';
	to[6] = 0;
}

const char *show_walk(const struct walk *w, uint64_t leaf, bool is_memory, hpa_t at,
		      uint64_t nx_bit)
{
	if (w->status == WALK_BAD)
		return "a table outside of its memory, or a large page: an access ends the guest";
	if (w->status == WALK_ABSENT)
		return leaf ? "the shadow keeps what the guest took away: no flush yet"
			    : "the guest maps nothing: an access is its own page fault";
	if (!is_memory)
		return leaf ? "the shadow keeps an older mapping: no flush yet"
			    : "beyond its memory, for devices: every access is emulated";
	if (!leaf)
		return "not filled yet: the next access that the guest permits does it";
	if ((leaf | PTE_A) != walk_shadow_entry(w, at, nx_bit)) /* A: see shadow_block_age() */
		return "the shadow differs from what the guest has now: no flush yet";
	if (w->rights & PTE_W && !(w->pte & PTE_D))
		return "read-only until the guest's entry is dirty: the first write sees to that";
	if (w->rights & PTE_NX & ~nx_bit)
		return "as the guest has it, but for NX, which this CPU lacks";
	return "as the guest has it";
}

void show_bytes(char to[SHOW_MAX], const uint8_t bytes[16], unsigned from, unsigned end)
{
	memset(to, ' ', 67);
	to[67] = 0;
	for (unsigned i = from; i < end && i < 16; i++) {
		char *hex = to + 3 * i + i / 8;

		hex[0] = "0123456789abcdef"[bytes[i] >> 4];
		hex[1] = "0123456789abcdef"[bytes[i] & 15];
		to[51 + i] = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	}
}
