"""Files: what exports and syncs share about disks, paths, locks and the owners of files.

What a file system, a container, a library or a parent process may refuse or change, and what is
done about it. Nothing of it waits until everything has been fetched.

| refused or changed | answer |
| --- | --- |
| fsync of a folder, or opening it (CIFS, FUSE, shared folders) | go on: its names are as safe as \
the system makes them; EIO and a full disk are reported |
| fsync of a file that the system doesn't offer (FUSE) | go on, likewise |
| flock (NFS without a daemon, some FUSE) | go on without a lock; what two writers do is seen |
| rename onto a file that is mounted, or in a folder that keeps others' files | copy into it |
| chmod, chown, extended attributes (FAT, SMB, not the owner) | go on; what can't be kept is not \
widened: without its group a file is not readable by a group |
| a name that is too long or holds what the system doesn't take | refused: `FILE.part` and its \
checkpoint are made before the first request |
| a folder that is read-only, full, or not ours | refused, likewise |
| no room for SQLite's temporary files | none are made: it sorts in memory, 100 bytes a row |
| SQLite without STRICT (before 3.37) | tables without it |
| pyarrow, Zstandard, SQLite or zlib that is missing or can't be loaded | refused: a finished file \
is rehearsed before the first request |
| a full disk, a quota, a size limit, read-only after an error | told; the same command goes on |
| the part file cut, edited, replaced, removed, or with lines twice | reported, or cut off and \
fetched again; never placed |
| FILE appears meanwhile | not replaced without `force` |
| FILE's mode, owner, group, access list | kept; a new file is the umask's |
| names that aren't UTF-8, streams that aren't | shown with their odd bytes escaped |
| standard streams closed by the parent | their numbers are kept taken |
| signals ignored by the parent | stay ignored |
"""
