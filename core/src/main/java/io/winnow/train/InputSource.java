package io.winnow.train;

/** Where the inputs of the steps come from: drawn by {@link StepSource}. */
interface InputSource {
  /** Inputs of optimiser step {@code step}, from 0; independent of every scope. */
  StepInputs at(long step);
}
