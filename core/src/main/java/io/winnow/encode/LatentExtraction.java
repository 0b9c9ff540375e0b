package io.winnow.encode;

import io.winnow.artifact.LatentMoments;
import io.winnow.data.ImageSource;
import io.winnow.diffusion.Pixels;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.Posterior;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Encodes images once, and their mirror images, to the moments that latents are drawn from in
 * training: in distribution the same as encoding them in every step (mdt.md, section 10). The
 * encoder works in float32.
 */
public final class LatentExtraction {
  private final AutoencoderKl vae;
  private final ImageSource images;
  private final Compute compute;

  /**
   * @param vae is put on the device, in evaluation mode
   * @param images as they are trained on
   */
  public LatentExtraction(AutoencoderKl vae, ImageSource images, Compute compute) {
    this.vae = vae;
    this.images = images;
    this.compute = compute;
    compute.apply();
    compute.place(vae);
    vae.train(false);
  }

  /**
   * Encodes what is missing in a folder.
   *
   * @param index of the folder
   * @param batch images at a time; mirror images go after them
   * @throws Interrupted when {@code stop} says so; the same call goes on
   */
  public void run(
      Path folder, LatentMoments.Index index, int batch, Progress progress, BooleanSupplier stop) {
    LatentMoments.write(
        folder, index, batch, (first, n) -> moments(first, n, index.mirrored()), progress, stop);
  }

  /** [n, V, 2, Z, H, W]. */
  private Tensor moments(int first, int n, boolean mirrored) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor stored = images.batch(IntStream.range(first, first + n).toArray()); // [n, 3, S, S]
      List<Tensor> views = new ArrayList<>(List.of(moments(stored)));
      if (mirrored) {
        views.add(moments(stored.flip(3)));
      }
      return scope.keep(torch.stack(new TensorVector(views.toArray(new Tensor[0])), 1));
    }
  }

  /** [n, 2, Z, H, W]. */
  private Tensor moments(Tensor stored) {
    Posterior posterior = vae.encode(compute.images(Pixels.fromUint8(compute.sent(stored))));
    return torch.stack(new TensorVector(posterior.mean(), posterior.logvar()), 1);
  }
}
