/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads a 32-bit i386 ELF executable: each PT_LOAD at its physical address.
 * Field meanings: System V ABI, chapters 4 and 5 (object files, loading).
 */
#include "core/image_load.h"

#include <elf.h>

#include "core/errno.h"
#include "core/lib.h"

/* vmlinux has about four; the overlap check is quadratic. */
#define MAX_PROGRAM_HEADERS 64

struct number_name {
	uint16_t number;
	const char *name;
};

static const struct number_name machines[] = {
	{EM_X86_64, "x86-64"}, {EM_ARM, "ARM"},     {EM_AARCH64, "AArch64"},
	{EM_MIPS, "MIPS"},     {EM_PPC, "PowerPC"}, {EM_RISCV, "RISC-V"},
};

static const struct number_name types[] = {
	{ET_REL, "an object file"},
	{ET_DYN, "a shared or position-independent file"},
	{ET_CORE, "a core dump"},
};

static const char *name_of(const struct number_name *table, size_t count, uint16_t number)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].name;
	return "unknown";
}

static int check_ident(const struct image_job *job, const Elf32_Ehdr *elf)
{
	if (elf->e_ident[EI_CLASS] != ELFCLASS32)
		return image_fail(job, -EINVAL,
				  "the kernel is ELF class %u (%s); class 1 (32-bit) is needed",
				  elf->e_ident[EI_CLASS],
				  elf->e_ident[EI_CLASS] == ELFCLASS64 ? "64-bit" : "unknown");
	if (elf->e_ident[EI_DATA] != ELFDATA2LSB)
		return image_fail(job, -EINVAL,
				  "the kernel is ELF byte order %u (%s); 1 (little-endian) is "
				  "needed",
				  elf->e_ident[EI_DATA],
				  elf->e_ident[EI_DATA] == ELFDATA2MSB ? "big-endian" : "unknown");
	if (elf->e_machine != EM_386)
		return image_fail(
			job, -EINVAL, "the kernel is for ELF machine %u (%s); 3 (i386) is needed",
			elf->e_machine, name_of(machines, ARRAY_SIZE(machines), elf->e_machine));
	if (elf->e_type != ET_EXEC)
		return image_fail(
			job, -EINVAL,
			"the kernel is ELF type %u (%s); 2 (executable at fixed addresses) "
			"is needed",
			elf->e_type, name_of(types, ARRAY_SIZE(types), elf->e_type));
	return 0;
}

static int check_table(const struct image_job *job, const Elf32_Ehdr *elf)
{
	uint64_t end = (uint64_t)elf->e_phoff + elf->e_phnum * sizeof(Elf32_Phdr);

	if (elf->e_phnum > MAX_PROGRAM_HEADERS)
		return image_fail(job, -EINVAL,
				  "the ELF kernel has %u program headers; at most %u are allowed",
				  elf->e_phnum, MAX_PROGRAM_HEADERS);
	if (elf->e_phnum && elf->e_phentsize != sizeof(Elf32_Phdr))
		return image_fail(job, -EINVAL,
				  "the ELF kernel's program headers are %u bytes each; %u are "
				  "needed",
				  elf->e_phentsize, (unsigned)sizeof(Elf32_Phdr));
	if (end > job->file->bytes)
		return image_fail(
			job, -EINVAL,
			"the ELF kernel's program headers end at byte 0x%llx of a file of "
			"0x%x; the file is cut off",
			(unsigned long long)end, job->file->bytes);
	return 0;
}

/* By value: the file is unaligned and its headers were checked to lie inside it. */
static Elf32_Phdr program_header(const struct image_job *job, const Elf32_Ehdr *elf, unsigned i)
{
	Elf32_Phdr ph;

	memcpy(&ph, job->file->data + elf->e_phoff + i * sizeof(ph), sizeof(ph));
	return ph;
}

static bool is_loaded(const Elf32_Phdr *ph)
{
	return ph->p_type == PT_LOAD && (ph->p_memsz || ph->p_filesz);
}

static int check_in_file(const struct image_job *job, unsigned i, const Elf32_Phdr *ph)
{
	uint64_t end = (uint64_t)ph->p_offset + ph->p_filesz;

	if (ph->p_filesz > ph->p_memsz)
		return image_fail(job, -EINVAL,
				  "ELF segment %u has 0x%x bytes in the file and 0x%x in memory; "
				  "memory must not be less",
				  i, ph->p_filesz, ph->p_memsz);
	if (end > job->file->bytes)
		return image_fail(job, -EINVAL,
				  "ELF segment %u ends at byte 0x%llx of a file of 0x%x; the file "
				  "is cut off",
				  i, (unsigned long long)end, job->file->bytes);
	return 0;
}

/* Whether an address lies in [start, start + bytes); the sum may pass 4 GiB. */
static bool is_inside(uint32_t address, uint32_t start, uint32_t bytes)
{
	return address >= start && address - start < bytes;
}

static int check_overlap(const struct image_job *job, const Elf32_Ehdr *elf, unsigned i,
			 const Elf32_Phdr *ph)
{
	unsigned j;

	for (j = 0; j < i; j++) {
		Elf32_Phdr other = program_header(job, elf, j);

		if (!is_loaded(&other))
			continue;
		if (is_inside(ph->p_paddr, other.p_paddr, other.p_memsz) ||
		    is_inside(other.p_paddr, ph->p_paddr, ph->p_memsz))
			return image_fail(job, -EINVAL,
					  "ELF segment %u (0x%08x-0x%08x) overlaps segment %u "
					  "(0x%08x-0x%08x); link them apart",
					  i, ph->p_paddr, ph->p_paddr + ph->p_memsz - 1, j,
					  other.p_paddr, other.p_paddr + other.p_memsz - 1);
	}
	return 0;
}

static int load_segment(const struct image_job *job, const Elf32_Ehdr *elf, unsigned i,
			const Elf32_Phdr *ph)
{
	char what[24];
	const struct image_part part = {
		.what = what,
		.start = ph->p_paddr,
		.bytes = ph->p_memsz,
		.file_offset = ph->p_offset,
		.file_bytes = ph->p_filesz,
	};
	int error;

	snprintf(what, sizeof(what), "ELF segment %u", i);
	error = check_in_file(job, i, ph);
	if (!error)
		error = image_check_part(job, &part);
	if (!error)
		error = check_overlap(job, elf, i, ph);
	if (!error)
		image_add_part(job, &part);
	return error;
}

static uint64_t highest_end(const struct image_job *job, const Elf32_Ehdr *elf)
{
	uint64_t end = 0;
	unsigned i;

	for (i = 0; i < elf->e_phnum; i++) {
		Elf32_Phdr ph = program_header(job, elf, i);

		if (is_loaded(&ph))
			end = MAX(end, (uint64_t)ph.p_paddr + ph.p_memsz);
	}
	return end;
}

static int load_segments(const struct image_job *job, const Elf32_Ehdr *elf)
{
	unsigned i, loaded = 0;
	int error;

	for (i = 0; i < elf->e_phnum; i++) {
		Elf32_Phdr ph = program_header(job, elf, i);

		if (!is_loaded(&ph))
			continue;
		error = load_segment(job, elf, i, &ph);
		if (error)
			return error;
		loaded++;
	}
	if (!loaded)
		return image_fail(job, -EINVAL,
				  "the ELF kernel has %u program headers and none of them loads "
				  "anything; link it as an executable",
				  elf->e_phnum);
	return 0;
}

/*
 * Linux's e_entry is physical; small kernels linked high often have a virtual
 * one, which is translated by its segment. Physical is tried first.
 */
static int find_entry(const struct image_job *job, const Elf32_Ehdr *elf, uint32_t *entry)
{
	unsigned i, virtual;

	for (virtual = 0; virtual < 2; virtual ++) {
		for (i = 0; i < elf->e_phnum; i++) {
			Elf32_Phdr ph = program_header(job, elf, i);
			uint32_t start = virtual ? ph.p_vaddr : ph.p_paddr;

			if (!is_loaded(&ph) || !is_inside(elf->e_entry, start, ph.p_memsz))
				continue;
			*entry = ph.p_paddr + (elf->e_entry - start);
			return 0;
		}
	}
	return image_fail(
		job, -EINVAL,
		"the ELF kernel's entry point 0x%08x lies in none of its segments; set it "
		"with ENTRY() or ld -e",
		elf->e_entry);
}

int image_plan_elf(const struct image_job *job)
{
	struct image_job whole = *job;
	Elf32_Ehdr elf;
	int error;

	if (job->file->bytes < sizeof(elf))
		return image_fail(
			job, -EINVAL,
			"the ELF kernel has %u bytes and its header alone %u; the file is "
			"cut off",
			job->file->bytes, (unsigned)sizeof(elf));
	memcpy(&elf, job->file->data, sizeof(elf));
	error = check_ident(job, &elf);
	if (!error)
		error = check_table(job, &elf);
	if (error)
		return error;
	whole.highest_end = highest_end(job, &elf);
	error = load_segments(&whole, &elf);
	if (!error)
		error = find_entry(job, &elf, &job->plan->entry);
	return error;
}
