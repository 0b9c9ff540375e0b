/**
 * File formats of weights and arrays: safetensors, torch.save, TorchScript, npy and npz; strict
 * loading of state dicts. Nothing from a file is ever executed.
 *
 * <p>Readers fill a tensor's own memory straight from the file, never through a map of it: a file
 * that is cut short under a map kills the process, a short read is an error message.
 *
 * <p>May import: {@code tensor}, {@code config}, {@code files}.
 */
package io.winnow.weights;
