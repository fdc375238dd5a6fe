// pvpkg/types: every shape that the calls of pvpkg take and return, for programs that name them.
// There is nothing to run here; `import type` is all it is for.

export type { Phase, ProgressEvent } from "../container/index.js";
export type { ListedComponent, SbomFormat } from "../evidence/sbom/index.js";
export type { ContentsListing, LockChange } from "../flows/index.js";
export type { ErrorKind, RoomErrors } from "../ground/bytes/index.js";
export type { Finding, Severity } from "../ground/findings/index.js";
export type { RegistryOptions } from "../image/registry/index.js";
export type {
	BuildOptions,
	BuiltRelease,
	CallOptions,
	CompareOptions,
	Comparison,
	ContainerOptions,
	ContentsOptions,
	ErrorCode,
	ExportOptions,
	ExportPlan,
	FetchOptions,
	Files,
	ImageOptions,
	InstalledContainer,
	InstallOptions,
	Json,
	JsonMembers,
	KeyPair,
	LockOptions,
	LockProjectOptions,
	LockResult,
	MadeContainer,
	MadePackage,
	MadeSquashfs,
	MakeOptions,
	PackageOptions,
	PlannedPlatform,
	ProjectOptions,
	Resources,
	ResourcesOptions,
	SignChoice,
	SignOptions,
	SquashfsOptions,
	TrustOptions,
	VerifyOptions,
} from "../library/index.js";
export type { ByteSink } from "../pantavisor/package/index.js";
export type { TrustLevel, VerifyReport } from "../verify/index.js";
