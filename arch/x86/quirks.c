/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What certain CPUs do otherwise than their manuals or their CPUID say: by their names only. */
#include "arch/x86/quirks.h"

#include "core/lib.h"

#define ANY_STEPPING 0xFF

/*
 * The first microcode with which the TSC deadline follows TSC_ADJUST, of Intel's
 * family 6 (specification updates: HSD/HSE/HSM, BDM/BDE/BDF, SKL/SKX, KBL
 * "APIC timer in TSC-deadline mode"). Later steppings than those named are right.
 */
static const struct {
	uint8_t model, stepping;
	uint32_t microcode;
} deadlines[] = {
	{0x3C, ANY_STEPPING, 0x22},
	{0x3F, 2, 0x3A},
	{0x3F, 4, 0x0F},
	{0x45, ANY_STEPPING, 0x20},
	{0x46, ANY_STEPPING, 0x17},
	{0x3D, ANY_STEPPING, 0x25},
	{0x47, ANY_STEPPING, 0x17},
	{0x4F, ANY_STEPPING, 0x0B000020},
	{0x56, 2, 0x11},
	{0x56, 3, 0x0700000E},
	{0x56, 4, 0x0F00000C},
	{0x56, 5, 0x0E000003},
	{0x55, 3, 0x01000136},
	{0x55, 4, 0x02000014},
	{0x4E, ANY_STEPPING, 0xB2},
	{0x5E, ANY_STEPPING, 0xB2},
	{0x8E, ANY_STEPPING, 0x52},
	{0x9E, ANY_STEPPING, 0x52},
};

static bool has_bad_deadline(const struct cpu_features *f)
{
	if (!f->tsc_deadline || f->hypervisor || f->family != 6)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(deadlines); i++)
		if (deadlines[i].model == f->model &&
		    (deadlines[i].stepping == ANY_STEPPING || deadlines[i].stepping == f->stepping))
			return f->microcode < deadlines[i].microcode;
	return false;
}

static uint32_t of_intel(const struct cpu_features *f)
{
	bool is_p6 = f->family == 6, is_netburst = f->family == 15;
	uint32_t found = 0;

	if (!f->apic && (is_p6 || is_netburst))
		found |= 1u << QUIRK_APIC_OFF;
	/* SDM 4, IA32_MISC_ENABLE bit 34: there from these models on */
	if (!f->nx && ((is_p6 && f->model >= 13) || (is_netburst && f->model >= 3)))
		found |= 1u << QUIRK_NX_OFF;
	if (!f->pae && is_p6 && (f->model == 9 || f->model == 13))
		found |= 1u << QUIRK_PAE_HIDDEN;
	if (f->sep && is_p6 && f->model < 3 && f->stepping < 3) /* SDM 2B, SYSENTER */
		found |= 1u << QUIRK_NO_SEP;
	if (has_bad_deadline(f))
		found |= 1u << QUIRK_DEADLINE;
	return found;
}

/* Erratum 400 and what is like it: families 0Fh (from revision F on), 10h, 11h. */
static uint32_t of_amd(const struct cpu_features *f)
{
	uint32_t found = 0;

	if (!f->apic && f->family >= 6)
		found |= 1u << QUIRK_APIC_OFF;
	if (!f->hypervisor &&
	    ((f->family == 15 && f->model >= 0x40) || f->family == 16 || f->family == 17))
		found |= 1u << QUIRK_C1E;
	return found;
}

uint32_t cpu_quirks_find(const struct cpu_features *f)
{
	if (!f->msr)
		return 0;
	if (!strcmp(f->vendor, "GenuineIntel"))
		return of_intel(f);
	return !strcmp(f->vendor, "AuthenticAMD") ? of_amd(f) : 0;
}

const char *cpu_quirk_text(enum cpu_quirk quirk)
{
	static const char *const texts[QUIRKS] = {
		[QUIRK_APIC_OFF] = "the firmware had switched the APIC off; it is on now",
		[QUIRK_NX_OFF] = "the firmware had switched NX off; it is on now",
		[QUIRK_PAE_HIDDEN] = "a Pentium M that hides its PAE, which is used",
		[QUIRK_NO_SEP] = "it says that it has sysenter, but has not",
		[QUIRK_DEADLINE] = "too old a microcode for the TSC deadline timer: not used",
		[QUIRK_C1E] = "C1E stops its APIC timer, so C1E is off",
	};

	return texts[quirk];
}
