/**
 * Returns a version as dpkg and opkg print it, whatever program wrote the database: `2:1.0` for `00002:1.0`, and
 * without an epoch of 0.
 */
export function withPlainEpoch(version: string): string {
	const [written, digits = ""] = /^(\d+):/.exec(version) ?? [];
	if (written === undefined) return version;
	const epoch = digits.replace(/^0+/, "");
	return (epoch === "" ? "" : `${epoch}:`) + version.slice(written.length);
}
