/* An image's program that tries what it should not be able to do, says on standard error how that went, and then
 * goes on ticking while it is not its turn. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char **environ;

static void say(const char *what, int got) { fprintf(stderr, "%s: %s\n", what, got ? "yes" : "no"); }

static int opens(const char *path, int flags)
{
    int file = open(path, flags, 0644);
    if (file >= 0)
        close(file);
    return file >= 0;
}

static void print_lines(const char *path, const char *begin)
{
    char line[256];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, begin, strlen(begin)))
            fputs(line, stderr);
}

static int count(const char *path)
{
    int found = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        found++;
    return found;
}

static void send_frame(const char *body, unsigned char size)
{
    unsigned char head[4] = {size, 0, 0, 0};
    write(1, head, 4);
    write(1, body, size);
}

static void receive_frame(void)
{
    unsigned char head[4], byte;
    if (read(0, head, 4) != 4)
        exit(0);
    for (long left = head[0] | head[1] << 8 | head[2] << 16; left > 0; left--)
        read(0, &byte, 1);
}

int main(void)
{
    char block[65536] = {0};
    signal(SIGXFSZ, SIG_IGN);
    struct stat status;
    for (char **each = environ; *each; each++)
        fprintf(stderr, "env %s\n", *each);
    fprintf(stderr, "user: %d\n", getuid() != 0 && geteuid() != 0 && getgid() != 0);
    print_lines("/proc/self/status", "CapEff");
    print_lines("/proc/self/status", "CapBnd");
    print_lines("/proc/self/status", "NoNewPrivs");
    print_lines("/proc/self/limits", "Max open files");
    say("becomes root", !setuid(0) || !seteuid(0));
    say("writes to its root", opens("/new", O_CREAT | O_WRONLY) || opens("/agent", O_WRONLY));
    say("makes a device", !mknod("/tmp/disk", S_IFBLK | 0666, makedev(8, 0)) && opens("/tmp/disk", O_RDONLY));
    say("has a set-user-id program", !stat("/su", &status) && (status.st_mode & 06000));
    say("has its device", !stat("/disk", &status));
    say("has its volume", opens("/volume/new", O_CREAT | O_WRONLY));
    say("sees a network", count("/sys/class/net") > 3);
    say("reads the guard's memory", opens("/proc/1/mem", O_RDONLY));
    FILE *file = fopen("/tmp/big", "w");
    int written = 0;
    while (file && written < 1000 && fwrite(block, sizeof block, 1, file) == 1 && !fflush(file))
        written++;
    say("fills the disk", written == 1000);
    say("writes a little", written > 10);
    fflush(stderr);
    receive_frame();
    send_frame("\x81\xa4type\xa6loaded", 13);
    if (fork() == 0)
        for (;;) {
            fputs("tick\n", stderr);
            usleep(10000);
        }
    for (;;)
        receive_frame();
}
