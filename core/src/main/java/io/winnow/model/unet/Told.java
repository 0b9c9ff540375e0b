package io.winnow.model.unet;

import org.bytedeco.pytorch.Tensor;

/**
 * What every unit of a text-conditional U-Net is told.
 *
 * @param temb silu of the time embedding, [B, D]
 * @param context states of the text, [B, N, E]
 */
record Told(Tensor temb, Tensor context) {}
