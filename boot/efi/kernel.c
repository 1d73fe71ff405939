/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's file: a multiboot2 kernel in a 32-bit ELF file. */
#include "boot/efi/kernel.h"

#include <elf.h>

#include "core/lib.h"

#define HEADER_SEARCH_BYTES KIB(32) /* Multiboot2 3.1.1: wholly within these, 8-aligned */
#define HEADER_MAGIC        0xE85250D6u
#define HEADER_I386         0u
#define MAX_HEADERS         64

struct multiboot2_header {
	uint32_t magic, architecture, bytes, checksum;
};

static const Elf32_Phdr *headers(const Elf32_Ehdr *elf)
{
	return (const Elf32_Phdr *)((const uint8_t *)elf + elf->e_phoff);
}

static const char *check_header(const Elf32_Ehdr *elf, size_t bytes)
{
	if (bytes < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0)
		return "is not an ELF file";
	if (elf->e_ident[EI_CLASS] != ELFCLASS32 || elf->e_ident[EI_DATA] != ELFDATA2LSB ||
	    elf->e_machine != EM_386)
		return "is not an ELF file for 32-bit x86";
	if (elf->e_type != ET_EXEC)
		return "is not an executable ELF file";
	if (elf->e_phentsize != sizeof(Elf32_Phdr) || elf->e_phnum > MAX_HEADERS ||
	    elf->e_phoff % 4 != 0 || elf->e_phoff > bytes ||
	    elf->e_phnum * sizeof(Elf32_Phdr) > bytes - elf->e_phoff)
		return "has no ELF program headers, or some that are damaged";
	return NULL;
}

static bool has_multiboot2(const uint8_t *file, size_t bytes)
{
	struct multiboot2_header h;

	for (size_t at = 0; at + sizeof(h) <= MIN(bytes, HEADER_SEARCH_BYTES); at += 8) {
		memcpy(&h, file + at, sizeof(h));
		if (h.magic == HEADER_MAGIC && h.architecture == HEADER_I386 &&
		    h.magic + h.architecture + h.bytes + h.checksum == 0)
			return true;
	}
	return false;
}

static const char *check_segment(const Elf32_Phdr *ph, size_t bytes)
{
	if (ph->p_offset > bytes || ph->p_filesz > bytes - ph->p_offset)
		return "is shorter than its ELF headers say; copy it again";
	if (ph->p_filesz > ph->p_memsz || ph->p_paddr >= KERNEL_MEMORY_LIMIT ||
	    ph->p_memsz > KERNEL_MEMORY_LIMIT - ph->p_paddr)
		return "has an ELF segment beyond 3 GiB, or one that is larger in the file";
	return NULL;
}

static bool holds(const Elf32_Phdr *ph, uint32_t vaddr)
{
	return vaddr >= ph->p_vaddr && vaddr - ph->p_vaddr < ph->p_filesz;
}

const char *kernel_check(struct kernel *kernel, const void *file, size_t bytes)
{
	const Elf32_Ehdr *elf = file;
	const char *why = check_header(elf, bytes);
	uint32_t low = UINT32_MAX, high = 0;
	bool has_entry = false;

	if (why)
		return why;
	if (!has_multiboot2(file, bytes))
		return "has no Multiboot2 header, so it is not Gatehouse";
	for (unsigned i = 0; i < elf->e_phnum; i++) {
		const Elf32_Phdr *ph = &headers(elf)[i];

		if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
			continue;
		why = check_segment(ph, bytes);
		if (why)
			return why;
		low = MIN(low, ALIGN_DOWN(ph->p_paddr, PAGE_SIZE));
		high = MAX(high, ALIGN_UP(ph->p_paddr + ph->p_memsz, PAGE_SIZE));
		if (!has_entry && holds(ph, elf->e_entry)) {
			kernel->entry = ph->p_paddr + (elf->e_entry - ph->p_vaddr);
			has_entry = true;
		}
	}
	if (!has_entry)
		return "begins outside of its own ELF segments";
	if (high - low > KERNEL_MAX_BYTES)
		return "spreads over more than 64 MiB of memory";
	kernel->base = low;
	kernel->bytes = high - low;
	return NULL;
}

void kernel_lay_out(const struct kernel *kernel, const void *file, void *to)
{
	const Elf32_Ehdr *elf = file;

	memset(to, 0, kernel->bytes);
	for (unsigned i = 0; i < elf->e_phnum; i++) {
		const Elf32_Phdr *ph = &headers(elf)[i];

		if (ph->p_type == PT_LOAD && ph->p_memsz != 0)
			memcpy((uint8_t *)to + (ph->p_paddr - kernel->base),
			       (const uint8_t *)file + ph->p_offset, ph->p_filesz);
	}
}
