package io.winnow.train;

import io.winnow.diffusion.Denoiser;
import io.winnow.tensor.Parameterized;

/** A network as the trainer wants it. */
interface TestNetwork extends Denoiser, Parameterized {}
