/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files on the volume that the loader was started from. */
#include "boot/efi/files.h"

#include "boot/efi/config.h"
#include "boot/efi/firmware.h"
#include "boot/efi/memory.h"

#define MAX_PATH   256
#define READ_BYTES MIB(1) /* some firmware fails when asked for much more */

static EFI_FILE_HANDLE root;

void files_open(void)
{
	EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_GUID volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_LOADED_IMAGE *image;
	EFI_FILE_IO_INTERFACE *volume;
	EFI_STATUS status =
		firmware_boot->HandleProtocol(firmware_image, &image_guid, (void **)&image);

	if (!EFI_ERROR(status))
		status = firmware_boot->HandleProtocol(image->DeviceHandle, &volume_guid,
						       (void **)&volume);
	if (EFI_ERROR(status))
		give_up("the firmware has no file system for what this program was loaded from; "
			"start it from a FAT volume");
	status = volume->OpenVolume(volume, &root);
	if (EFI_ERROR(status))
		give_up("the volume this program was loaded from: %s", status_text(status));
}

static uint64_t size_of(EFI_FILE_HANDLE file, const char *path)
{
	static uint64_t room[(sizeof(EFI_FILE_INFO) + 2 * MAX_PATH) / sizeof(uint64_t) + 1];
	EFI_FILE_INFO *info = (EFI_FILE_INFO *)room;
	EFI_GUID guid = EFI_FILE_INFO_ID;
	UINTN bytes = sizeof(room);
	EFI_STATUS status = file->GetInfo(file, &guid, &bytes, info);

	if (EFI_ERROR(status))
		give_up("%s: %s", path, status_text(status));
	if (info->Attribute & EFI_FILE_DIRECTORY)
		give_up("%s is a folder; a file is needed", path);
	if (info->FileSize >= KERNEL_MEMORY_LIMIT)
		give_up("%s has %llu MiB; less than 3 GiB are allowed", path,
			(unsigned long long)info->FileSize >> 20);
	return info->FileSize;
}

static void read_all(EFI_FILE_HANDLE file, const char *path, struct file *f)
{
	for (uint32_t at = 0; at < f->bytes;) {
		UINTN bytes = MIN(f->bytes - at, READ_BYTES);
		EFI_STATUS status = file->Read(file, &bytes, (uint8_t *)f->data + at);

		if (EFI_ERROR(status))
			give_up("%s: %s at byte %u of %u", path, status_text(status), at, f->bytes);
		if (bytes == 0)
			give_up("%s ends at byte %u, but its folder says %u", path, at, f->bytes);
		at += (uint32_t)bytes;
	}
}

struct file files_read(const char *path)
{
	static uint16_t wide[MAX_PATH];
	static char name[MAX_PATH];
	EFI_FILE_HANDLE file;
	EFI_STATUS status;
	struct file f;

	if (!config_full_path(name, sizeof(name), FILES_FOLDER, path) ||
	    !config_efi_path(wide, name))
		give_up("%.60s: a file's path has at most %u characters here, all of them ASCII",
			path, MAX_PATH - 1);
	status = root->Open(root, &file, (CHAR16 *)wide, EFI_FILE_MODE_READ, 0);
	if (status == EFI_NOT_FOUND)
		give_up("there is no file %s on the volume that this program was started from",
			name);
	if (EFI_ERROR(status))
		give_up("%s: %s", name, status_text(status));
	f.bytes = (uint32_t)size_of(file, name);
	f.data = memory_take((uint64_t)f.bytes + 1, name);
	read_all(file, name, &f);
	file->Close(file);
	return f;
}
