# SPDX-License-Identifier: GPL-2.0-or-later
# gdb commands for Gatehouse; `make debug` loads this. The hypervisor's code, the
# switcher's too, runs where it is linked, so one symbol file serves for all of ring 0.
set confirm off
set pagination off
set print pretty on

break panic
break panic_trap

define gh-guests
	set $gh_i = 0
	printf " n name            state, life, memory, its address, eip\n"
	while $gh_i < guest_count
		set $gh_g = guests[$gh_i]
		printf "%2d %-15s ", $gh_i + 1, $gh_g->config->name
		output $gh_g->state
		set $gh_eip = $gh_g->vcpu.saved.eip
		if $gh_g->vcpu.regs
			set $gh_eip = $gh_g->vcpu.regs->eip
		end
		printf ", %d, %d KiB, 0x%08x, 0x%08x\n", $gh_g->lives, $gh_g->ram_bytes / 1024, $gh_g->base, $gh_eip
		if $gh_g->state == GUEST_DEAD
			printf "   dead: %s\n", $gh_g->reason
		end
		set $gh_i = $gh_i + 1
	end
end
document gh-guests
The guests: state, where their memory is, where they left off.
end

define gh-guest
	print *guests[$arg0 - 1]
end
document gh-guest
gh-guest N: everything kept about guest N, counted from 1.
end

define gh-where
	printf "ring %d, cr3 0x%x\n", $cs & 3, $cr3
	if ($cs & 3) == 0
		backtrace
	else
		x/4i $eip
	end
end
document gh-where
Whether the machine is in the hypervisor (with a backtrace) or in a guest.
end

define gh-switch-in
	tbreak switcher_run
	continue
end
document gh-switch-in
Goes on until the hypervisor is about to enter a guest.
end

printf "The machine is stopped before its first instruction. `continue` starts it, Ctrl-C stops it,\n"
printf "panics stop it. Commands: gh-guests, gh-guest N, gh-where, gh-switch-in, gh-log.\n"
