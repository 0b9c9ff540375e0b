/**
 * File formats of weights and arrays: safetensors, torch.save, TorchScript, npy and npz; strict
 * loading of state dicts. Nothing from a file is ever executed.
 *
 * <p>May import: {@code tensor}, {@code files}.
 */
package io.winnow.weights;
