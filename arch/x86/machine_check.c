/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machine checks (SDM 3B chapter 15): what the CPU found broken. */
#include "arch/x86/machine_check.h"

#include "core/log.h"
#include "core/panic.h"
#include "core/util.h"

enum { BANK_CTL, BANK_STATUS, BANK_ADDRESS };

#define BANK(n, what)    (MSR_IA32_MC0_CTL + 4 * (n) + (what))
#define BANKS_MAX        32u
#define MCG_CAP_COUNT    0xFFu
#define MCG_STATUS_RIPV  1u
#define STATUS_VALID     (1ull << 63)
#define STATUS_UC        (1ull << 61)
#define STATUS_ADDRESSED (1ull << 58)
#define STATUS_PCC       (1ull << 57)
#define STATUS_CODE      0xEFFFu /* bit 12: corrected ones are filtered */

static unsigned bank_count;

/* 15.9: the compound codes are told by their highest bit. */
static const char *name_of(uint32_t code)
{
	if (code & 0xE000 || code < 8)
		return "internal";
	if (code & 0x0800)
		return "bus or interconnect";
	if (code & 0x0400)
		return "internal timer";
	if (code & 0x0100)
		return "cache";
	if (code & 0x0080)
		return "memory";
	return code & 0x0010 ? "TLB" : "cache";
}

/* False: empty. */
static bool take_bank(unsigned n, uint64_t *status, uint64_t *address)
{
	*status = rdmsr(BANK(n, BANK_STATUS));
	if (!(*status & STATUS_VALID))
		return false;
	*address = *status & STATUS_ADDRESSED ? rdmsr(BANK(n, BANK_ADDRESS)) : 0;
	wrmsr(BANK(n, BANK_STATUS), 0);
	log_error("machine check: bank %u: %s%s error, status 0x%llx, address 0x%llx%s", n,
		  *status & STATUS_UC ? "" : "corrected ", name_of(*status & STATUS_CODE), *status,
		  *address, *status & STATUS_PCC ? ", the CPU's state is lost" : "");
	return true;
}

/* Bank 0 of family 6 up to model 1A belongs to the firmware (15.3.2.1). */
void machine_check_init(const struct cpu_features *f)
{
	uint64_t status, address;

	if (!f->mca)
		return;
	bank_count = MIN((uint32_t)rdmsr(MSR_IA32_MCG_CAP) & MCG_CAP_COUNT, BANKS_MAX);
	for (unsigned n = 0; n < bank_count; n++) {
		if (take_bank(n, &status, &address))
			log_error("machine check: that was before this boot");
		if (n || f->family != 6 || f->model >= 0x1A)
			wrmsr(BANK(n, BANK_CTL), UINT64_MAX);
	}
}

bool machine_check_can_go_on(uint64_t *address)
{
	bool can = bank_count && rdmsr(MSR_IA32_MCG_STATUS) & MCG_STATUS_RIPV;
	uint64_t status, at;
	unsigned found = 0;

	*address = 0;
	for (unsigned n = 0; n < bank_count; n++) {
		if (!take_bank(n, &status, &at) || !(status & STATUS_UC))
			continue;
		found++;
		*address = at;
		can = can && !(status & STATUS_PCC) && status & STATUS_ADDRESSED;
	}
	if (bank_count)
		wrmsr(MSR_IA32_MCG_STATUS, 0); /* a second one before that would be a shutdown */
	return can && found == 1;
}

NORETURN void machine_check_panic(const struct regs *regs)
{
	uint64_t address;

	machine_check_can_go_on(&address);
	panic_trap(regs, "machine check: the machine is broken, see the lines before");
}
