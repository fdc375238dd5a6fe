export { type AddOptions, addFiles } from "./add.js";
export { listApps, readApp, removeApp } from "./app.js";
export { type Checkout, type CheckoutReadOptions, ObjectDirectory, readCheckout } from "./checkout-reader.js";
export {
	type CheckoutOptions,
	prepareCheckout,
	writeCheckout,
} from "./checkout-writer.js";
export { type CommitOptions, type CommitSummary, commitCheckout, readCommitMessage } from "./commit.js";
export { CheckoutEdit } from "./edit.js";
export type { CheckoutErrorCode } from "./errors.js";
export { importState } from "./import.js";
export { type InitOptions, initCheckout } from "./init.js";
export { type PlaceName, readPlace, rememberPlaces } from "./places.js";
export { type OpenedRepository, openRepository } from "./repository.js";
export { type RestoreOptions, restoreCheckout } from "./restore.js";
export { withWorkingSignatures, writeSignatures } from "./signatures.js";
export { type CheckoutStatus, checkoutStatus, stateDifference } from "./status.js";
export { applyVerity, convertVolume, type ProtectedVolume } from "./verity.js";
export { readWorkingState, type WorkingState } from "./working-state.js";
