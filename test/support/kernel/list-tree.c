/*
 * list-tree DIRECTORY FILE: writes to FILE a line for every name below a directory, as the kernel shows it:
 *
 *	TYPE MODE UID GID MTIME NLINK INODE DEVICE SIZE DATA PATH [XATTR=HEX ...]
 *
 * TYPE is one of f d l c b p s. MODE has four octal digits at least. DEVICE is MAJOR:MINOR of devices, SIZE is
 * in bytes for files and symbolic links, DATA is a file's SHA-256 or ->TARGET; each is "-" where it means
 * nothing. Bytes outside 0x21..0x7e, and the backslash, are \xHH. Names come depth first, those of a directory
 * in byte order; extended attributes in byte order. Every file is read to its end. The last line is "END COUNT",
 * so that a listing that was cut off shows. What cannot be read is a line "ERROR PATH CALL: REASON", and the
 * exit status is 1; it is 2 where the listing itself could not be written.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "sha256.h"

enum { LONGEST = 65536 }; /* bytes of a list of attribute names, or of a value (XATTR_SIZE_MAX) */

static FILE *out;
static unsigned long entries;
static int failed;

static void print_escaped(const char *text)
{
	for (; *text; text++) {
		unsigned char byte = *text;
		if (byte > 0x20 && byte < 0x7f && byte != '\\')
			fputc(byte, out);
		else
			fprintf(out, "\\x%02x", byte);
	}
}

static void report(const char *path, const char *call)
{
	const char *reason = strerror(errno);
	fputs("\nERROR ", out);
	print_escaped(path);
	fprintf(out, " %s: %s\n", call, reason);
	failed = 1;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_digest(int directory, const char *name, const char *path, off_t size)
{
	static uint8_t buffer[1 << 18];
	struct sha256 hash;
	char hex[65];
	ssize_t got = -1;
	int file = openat(directory, name, O_RDONLY | O_NOFOLLOW);
	sha256_start(&hash);
	while (file >= 0 && (got = read(file, buffer, sizeof buffer)) > 0)
		sha256_take(&hash, buffer, got);
	if (got < 0)
		report(path, "read");
	else if ((off_t)hash.size != size)
		errno = EIO, report(path, "read to its end");
	if (file >= 0)
		close(file);
	sha256_end(&hash, hex);
	fputs(hex, out);
}

static void print_target(int directory, const char *name, const char *path)
{
	char target[4097];
	ssize_t length = readlinkat(directory, name, target, sizeof target - 1);
	if (length < 0)
		report(path, "readlink");
	target[length < 0 ? 0 : length] = 0;
	fputs("->", out);
	print_escaped(target);
}

/* There is no form of these calls that takes a directory, so the working directory is it. */
static void print_xattrs(int directory, const char *name, const char *path)
{
	static char list[LONGEST], value[LONGEST];
	static char *names[LONGEST / 2];
	size_t count = 0;
	if (fchdir(directory))
		return report(path, "fchdir");
	ssize_t length = llistxattr(name, list, sizeof list);
	if (length < 0 && errno != ENOTSUP)
		return report(path, "llistxattr");
	for (ssize_t at = 0; at < length; at += strlen(list + at) + 1)
		names[count++] = list + at;
	qsort(names, count, sizeof *names, by_bytes);
	for (size_t i = 0; i < count; i++) {
		ssize_t size = lgetxattr(name, names[i], value, sizeof value);
		if (size < 0)
			report(path, "lgetxattr");
		fputc(' ', out);
		print_escaped(names[i]);
		fputc('=', out);
		for (ssize_t at = 0; at < size; at++)
			fprintf(out, "%02x", (unsigned char)value[at]);
	}
}

static char letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	case S_IFIFO: return 'p';
	default: return 's';
	}
}

static void print_entry(int directory, const char *name, const char *path, const struct stat *stat)
{
	char type = letter(stat->st_mode);
	fprintf(out, "%c %04o %u %u %lld %lu %llu ", type, stat->st_mode & 07777, stat->st_uid, stat->st_gid,
		(long long)stat->st_mtime, (unsigned long)stat->st_nlink, (unsigned long long)stat->st_ino);
	if (type == 'c' || type == 'b')
		fprintf(out, "%u:%u - - ", major(stat->st_rdev), minor(stat->st_rdev));
	else if (type == 'f' || type == 'l')
		fprintf(out, "- %lld ", (long long)stat->st_size);
	else
		fputs("- - - ", out);
	if (type == 'f')
		print_digest(directory, name, path, stat->st_size);
	if (type == 'l')
		print_target(directory, name, path);
	if (type == 'f' || type == 'l')
		fputc(' ', out);
	print_escaped(path);
	print_xattrs(directory, name, path);
	fputc('\n', out);
	entries++;
}

static void list(int directory, const char *name, const char *path);

static void list_directory(int self, const char *path)
{
	char **names = NULL;
	size_t count = 0, room = 0;
	DIR *stream = fdopendir(self);
	if (!stream)
		return report(path, "opendir");
	for (struct dirent *entry; errno = 0, (entry = readdir(stream));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (count == room)
			names = realloc(names, (room = room * 2 + 64) * sizeof *names);
		names[count++] = strdup(entry->d_name);
	}
	if (errno)
		report(path, "readdir");
	if (count > 0)
		qsort(names, count, sizeof *names, by_bytes);
	for (size_t i = 0; i < count; i++) {
		char *below;
		int made = strcmp(path, ".") ? asprintf(&below, "%s/%s", path, names[i]) : asprintf(&below, "%s", names[i]);
		if (made < 0)
			abort();
		list(self, names[i], below);
		free(below);
		free(names[i]);
	}
	free(names);
	closedir(stream);
}

static void list(int directory, const char *name, const char *path)
{
	struct stat stat;
	if (fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW))
		return report(path, "stat");
	print_entry(directory, name, path, &stat);
	if (!S_ISDIR(stat.st_mode))
		return;
	int self = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (self < 0)
		return report(path, "open");
	list_directory(self, path);
}

/* Each level of a deep tree holds a descriptor and a frame. */
static void raise_limits(void)
{
	struct rlimit descriptors = { 65536, 65536 }, stack = { RLIM_INFINITY, RLIM_INFINITY };
	setrlimit(RLIMIT_NOFILE, &descriptors);
	setrlimit(RLIMIT_STACK, &stack);
}

int list_tree(const char *directory, const char *file)
{
	raise_limits();
	int top = open(directory, O_RDONLY | O_DIRECTORY);
	out = fopen(file, "w");
	if (top < 0 || !out)
		return perror(top < 0 ? directory : file), 2;
	list(top, ".", ".");
	fprintf(out, "END %lu\n", entries);
	return fclose(out) ? 2 : failed;
}

#ifndef LIST_TREE_WITHOUT_MAIN
int main(int count, char **words)
{
	if (count != 3)
		return fputs("usage: list-tree DIRECTORY FILE\n", stderr), 2;
	return list_tree(words[1], words[2]);
}
#endif
