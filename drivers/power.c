/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turning the machine off and starting it again. */
#include "arch/x86/io.h"
#include "drivers/power.h"

#define PM1_SCI_ENABLE       0x0001
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE_MASK  0x1C00
#define PM1_SLEEP_ENABLE     0x2000

#define KEYBOARD_STATUS     0x64
#define KEYBOARD_COMMAND    0x64
#define KEYBOARD_INPUT_FULL 0x02
#define KEYBOARD_RESET      0xFE

#define PCI_ADDRESS      0xCF8
#define PCI_DATA         0xCFC
#define PCI_ENABLE       0x80000000u
#define RESET_CONTROL    0xCF9
#define RESET_FULL_ARMED 0x0A /* a full reset, power cycle, when bit 2 rises */
#define RESET_FULL_NOW   0x0E

#define WAIT_PORT        0x80 /* POST code port: a write takes about 1 us */
#define EFFECT_WAIT_US   100000u
#define ACPI_MODE_US     300000u
#define KEYBOARD_WAIT_US 50000u

static void wait_us(unsigned us)
{
	while (us--)
		outb(WAIT_PORT, 0);
}

/* Firmware may leave the chip in legacy mode, where SLP_EN does nothing. */
static void enter_acpi_mode(const struct acpi_info *info)
{
	if (inw(info->pm1a_control) & PM1_SCI_ENABLE)
		return;
	if (info->smi_command == 0 || info->enable_command == 0)
		return;
	outb(info->smi_command, info->enable_command);
	for (unsigned i = 0; i < ACPI_MODE_US; i++) {
		if (inw(info->pm1a_control) & PM1_SCI_ENABLE)
			return;
		wait_us(1);
	}
}

static uint16_t sleep_value(uint16_t port, uint8_t type)
{
	uint16_t value = inw(port) & (uint16_t) ~(PM1_SLEEP_TYPE_MASK | PM1_SLEEP_ENABLE);

	return (uint16_t)(value | type << PM1_SLEEP_TYPE_SHIFT);
}

void acpi_power_off(const struct acpi_info *info)
{
	uint16_t a, b = 0;

	if (!info->has_s5 || info->pm1a_control == 0)
		return;
	enter_acpi_mode(info);
	a = sleep_value(info->pm1a_control, info->s5_type_a);
	outw(info->pm1a_control, a);
	if (info->pm1b_control) {
		b = sleep_value(info->pm1b_control, info->s5_type_b);
		outw(info->pm1b_control, b);
	}
	outw(info->pm1a_control, a | PM1_SLEEP_ENABLE);
	if (info->pm1b_control)
		outw(info->pm1b_control, b | PM1_SLEEP_ENABLE);
	wait_us(EFFECT_WAIT_US);
}

/* Bus 0 only: bits 47-32 device, 31-16 function, 15-0 register (5.2.3.2). */
static void reset_through_pci(uint64_t address, uint8_t value)
{
	uint32_t device = (uint32_t)(address >> 32) & 0x1F;
	uint32_t function = (uint32_t)(address >> 16) & 7;
	uint32_t reg = (uint32_t)address & 0xFF;

	outl(PCI_ADDRESS, PCI_ENABLE | device << 11 | function << 8 | (reg & 0xFC));
	outb((uint16_t)(PCI_DATA + (reg & 3)), value);
}

static void reset_through_acpi(const struct acpi_info *info)
{
	const struct acpi_register *reg = &info->reset;

	if (reg->address == 0)
		return;
	if (reg->space == ACPI_SPACE_IO && reg->address <= UINT16_MAX)
		outb((uint16_t)reg->address, info->reset_value);
	else if (reg->space == ACPI_SPACE_PCI)
		reset_through_pci(reg->address, info->reset_value);
	wait_us(EFFECT_WAIT_US);
}

static void reset_through_keyboard(void)
{
	for (unsigned i = 0; i < KEYBOARD_WAIT_US; i++) {
		if (!(inb(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL))
			break;
		wait_us(1);
	}
	outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
	wait_us(EFFECT_WAIT_US);
}

void acpi_reset(const struct acpi_info *info)
{
	if (info)
		reset_through_acpi(info);
	reset_through_keyboard();
	outb(RESET_CONTROL, RESET_FULL_ARMED);
	wait_us(1);
	outb(RESET_CONTROL, RESET_FULL_NOW);
	wait_us(EFFECT_WAIT_US);
}
