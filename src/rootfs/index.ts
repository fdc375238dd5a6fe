export type {
	Attributes,
	Device,
	Directory,
	Inode,
	Ipc,
	RegularFile,
	RootfsTree,
	Symlink,
} from "./inode.js";
