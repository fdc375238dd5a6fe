/*
 * The first and only program of a guest: loads the modules in /modules in the order of their names, mounts the
 * squashfs on every disk but the first, and writes to the first disk, for each of the others in their order,
 *
 *	IMAGE NUMBER STATUS
 *
 * and the listing of list-tree.c. STATUS is its exit status, or "refused: REASON" where the kernel does not mount
 * the image. The last line is "DONE", so that a guest that was stopped shows. Then the guest is switched off.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int list_tree(const char *directory, const char *file);

static void load_modules(void)
{
	struct dirent **found;
	int count = scandir("/modules", &found, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char path[512];
		if (found[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/modules/%s", found[i]->d_name);
		int module = open(path, O_RDONLY | O_CLOEXEC);
		if (syscall(SYS_finit_module, module, "", 0) && errno != EEXIST)
			perror(path);
		close(module);
	}
}

/* Disks appear a moment after their driver. */
static int wait_for(const char *disk)
{
	for (int i = 0; i < 100 && access(disk, F_OK); i++)
		usleep(100000);
	return access(disk, F_OK);
}

/* In a process of its own, as list_tree() counts from the start of its program. */
static int list_in_child(void)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		_exit(list_tree("/mnt", "/listing"));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void copy_listing(FILE *out)
{
	char buffer[65536];
	FILE *listing = fopen("/listing", "r");
	if (!listing)
		return;
	for (size_t size; (size = fread(buffer, 1, sizeof buffer, listing)) > 0;)
		fwrite(buffer, 1, size, out);
	fclose(listing);
}

static void show_image(const char *disk, int number, FILE *out)
{
	if (mount(disk, "/mnt", "squashfs", MS_RDONLY, NULL)) {
		fprintf(out, "IMAGE %d refused: %s\n", number, strerror(errno));
		return;
	}
	fprintf(out, "IMAGE %d %d\n", number, list_in_child());
	copy_listing(out);
	umount("/mnt");
}

int main(void)
{
	mkdir("/dev", 0755);
	mkdir("/mnt", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	int console = open("/dev/console", O_RDWR);
	for (int i = 0; console >= 0 && i < 3; i++)
		dup2(console, i);
	load_modules();
	FILE *out = wait_for("/dev/vda") ? NULL : fopen("/dev/vda", "r+");
	for (int number = 0; out && number < 24; number++) {
		char disk[] = "/dev/vdb";
		disk[7] += number;
		if (access(disk, F_OK))
			break;
		show_image(disk, number, out);
	}
	if (out)
		fputs("DONE\n", out), fclose(out);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
