import type { CodecErrorCode } from "../codec/index.js";
import type { CompareErrorCode } from "../compare/report/index.js";
import type { BuildErrorCode } from "../container/index.js";
import type { SbomErrorCode } from "../evidence/sbom/index.js";
import type { BytesErrorCode } from "../ground/bytes/index.js";
import type { JsonErrorCode } from "../ground/json/index.js";
import type { TarErrorCode } from "../ground/tar/index.js";
import type { LockErrorCode } from "../image/lock/index.js";
import type { OciErrorCode } from "../image/oci/index.js";
import type { OverlayErrorCode } from "../image/overlay/index.js";
import type { RegistryErrorCode } from "../image/registry/index.js";
import type { RootfsErrorCode } from "../image/rootfs/index.js";
import type { SourceErrorCode } from "../image/sources/index.js";
import type { ImageTrustErrorCode } from "../image/trust/index.js";
import type { CheckoutErrorCode } from "../pantavisor/checkout/index.js";
import type { ExportErrorCode } from "../pantavisor/package/index.js";
import type { ReleaseErrorCode } from "../pantavisor/project/index.js";
import type { SigningErrorCode } from "../pantavisor/signing/index.js";
import type { PantavisorErrorCode } from "../pantavisor/state/index.js";
import type { SquashfsErrorCode } from "../squashfs/format/index.js";
import type { LibraryErrorCode } from "./errors.js";

/** The `code` of a `PvpkgError` that a call of this library throws. */
export type ErrorCode =
	| BuildErrorCode
	| BytesErrorCode
	| CheckoutErrorCode
	| CodecErrorCode
	| CompareErrorCode
	| ExportErrorCode
	| JsonErrorCode
	| LibraryErrorCode
	| ImageTrustErrorCode
	| LockErrorCode
	| OciErrorCode
	| OverlayErrorCode
	| PantavisorErrorCode
	| RegistryErrorCode
	| ReleaseErrorCode
	| RootfsErrorCode
	| SbomErrorCode
	| SigningErrorCode
	| SourceErrorCode
	| SquashfsErrorCode
	| TarErrorCode;
