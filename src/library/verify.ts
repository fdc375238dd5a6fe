import { withPackageInput } from "../flows/index.js";
import { labelOfPath, parseLabel } from "../pantavisor/project/index.js";
import { parseCertificates, parsePublicKeys, type Trust } from "../pantavisor/signing/index.js";
import { parseKernelVersion } from "../squashfs/kernel/index.js";
import { type VerifyReport, verifyPackage as verifyOpened } from "../verify/index.js";
import { type CallOptions, withSettings } from "./call.js";
import { bytesOf } from "./sign.js";

/** Who is trusted to sign. Public keys win over authorities. */
export interface TrustOptions {
	/** Public keys, PEM. */
	readonly publicKeys?: string | Uint8Array | undefined;
	/** Certificates of authorities, PEM. */
	readonly authorities?: string | Uint8Array | undefined;
	/** Time at which certificates must be valid, in milliseconds since 1970. Default: their dates are ignored. */
	readonly time?: number | undefined;
}

/** What `verifyPackage` takes. */
export interface VerifyOptions extends CallOptions {
	/**
	 * Who is trusted. Default: nobody; then only form, objects and images are checked, and `trust` of the report
	 * is `none`.
	 */
	readonly trust?: TrustOptions | undefined;
	/** Patterns of keys that need no signature, such as `_config/**`. */
	readonly allowUnsigned?: readonly string[] | undefined;
	/** Whether a signature must cover or exclude every key, as strict secure boot demands. Default: false. */
	readonly strict?: boolean | undefined;
	/**
	 * Architecture of the devices, such as `arm64v8`. Default: the one in the path, `NAME.LABEL.tgz` or
	 * `releases/LABEL`.
	 */
	readonly label?: string | undefined;
	/** Only warns about programs that those devices do not run. Default: false. */
	readonly allowArchMismatch?: boolean | undefined;
	/** The kernel that has to mount the images, such as `6.1`. Default: any. */
	readonly kernel?: string | undefined;
	/** Most bytes that a package may unpack to. Default: 4 GiB. */
	readonly maximumUnpacked?: number | undefined;
}

/**
 * Checks everything a device would look at, and what it would not notice: the form of the archive and of the state,
 * every object, containers, images, signatures, who made them and what they cover.
 * @param path package file, directory of a pvr checkout, or state with the suffix `.json`.
 * @returns what was found; `ok` is false where any of it is an error.
 * @throws PvpkgError for what cannot be read at all.
 */
export async function verifyPackage(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
	const { allowUnsigned, strict, allowArchMismatch, kernel, maximumUnpacked } = options;
	const label = options.label === undefined ? labelOfPath(path) : parseLabel(options.label);
	const target = kernel === undefined ? undefined : parseKernelVersion(kernel);
	const trust = trustOf(options);
	return withSettings(options, ({ temporaryDirectory }) =>
		withPackageInput(path, { temporaryDirectory, maximumUnpacked }, (input) => {
			const { whole } = input;
			return verifyOpened(input, {
				...{ trust, allowUnsigned, strict, allowArchMismatch, label, whole, kernel: target },
			});
		}),
	);
}

function trustOf({ trust }: VerifyOptions): Trust | undefined {
	if (trust === undefined) return undefined;
	const { publicKeys, authorities, time } = trust;
	return {
		publicKeys: publicKeys === undefined ? undefined : parsePublicKeys(bytesOf(publicKeys), "publicKeys"),
		authorities:
			authorities === undefined ? undefined : parseCertificates(bytesOf(authorities), "authorities"),
		time,
	};
}
