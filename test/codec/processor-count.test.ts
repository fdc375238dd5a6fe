import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { processorCount } from "../../src/codec/index.js";

const all = availableParallelism();

test.each<{ name: string; files: Record<string, string>; expected: number }>([
	{ name: "no control groups", files: {}, expected: all },
	{
		name: "v2 without a limit",
		files: { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" },
		expected: all,
	},
	{
		name: "v2, half a processor",
		files: { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "50000 100000\n" },
		expected: 1,
	},
	{
		name: "v2, the limit of a group above",
		files: {
			"/proc/self/cgroup": "0::/ci/job\n",
			"/sys/fs/cgroup/ci/job/cpu.max": "max 100000\n",
			"/sys/fs/cgroup/ci/cpu.max": "100000 100000\n",
		},
		expected: 1,
	},
	{
		name: "v2, more than the machine has",
		files: { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "99900000 100000\n" },
		expected: all,
	},
	{
		name: "v1",
		files: {
			"/proc/self/cgroup": "4:cpu,cpuacct:/docker/abc\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		},
		expected: 1,
	},
	{
		name: "v1 without a limit",
		files: {
			"/proc/self/cgroup": "4:cpu,cpuacct:/\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		},
		expected: all,
	},
])("processors with $name", ({ files, expected }) => {
	expect(processorCount((path) => files[path])).toBe(expected);
});
