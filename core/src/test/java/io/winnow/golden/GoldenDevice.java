package io.winnow.golden;

import io.winnow.nn.Layer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.Layout;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Where the golden numbers of networks are reproduced: {@code -Dwinnow.device=cuda}, or {@code
 * cuda:N}, in float32 without TF32, in the place of the CPU; {@code -Dwinnow.layout=NAME} in the
 * place of the layouts that a handler tries by itself.
 */
final class GoldenDevice {
  private static final String DEVICE = System.getProperty("winnow.device", "cpu");
  private static final String LAYOUT = System.getProperty("winnow.layout", "");

  private GoldenDevice() {}

  /** Fixed on first use, so that a device that is not there fails every case with one message. */
  private static final class Chosen {
    static final Compute COMPUTE = chosen();

    private static Compute chosen() {
      String layout = LAYOUT.isEmpty() ? "auto" : LAYOUT;
      Compute compute =
          Compute.of(new ComputeConfig(DEVICE, "float32", "physical", layout, true, false, "off"));
      if (compute.cuda()) {
        compute.apply();
        System.out.println("golden numbers of networks on " + compute.describe());
      }
      return compute;
    }
  }

  static boolean isCpu() {
    return DEVICE.equals("cpu");
  }

  /**
   * The limit of a relative error: the fixture's, which were set for CPUs; on another device four
   * times as wide, and no narrower than 1e-4. Its convolutions may multiply in a transformed space,
   * which costs a digit or two of float32's seven; one product in TF32 or bfloat16 would be off by
   * 1e-3 or more.
   */
  static double limit(double ofFixture) {
    return isCpu() ? ofFixture : Math.max(4 * ofFixture, 1e-4);
  }

  /**
   * The limit for weights after steps that double any difference: sums in another order are one.
   */
  static double trainedLimit(double ofFixture) {
    return LAYOUT.isEmpty() ? ofFixture : 4 * ofFixture;
  }

  /**
   * The limit for the way that weights have gone: Adam turns signs of tiny gradients into steps.
   */
  static double updateLimit(double ofFixture) {
    return isCpu() ? ofFixture : Math.max(ofFixture, 0.02);
  }

  /** The given layout alone, else all of them: rows of pixels first. */
  static List<Compute> layouts() {
    return (LAYOUT.isEmpty() ? Stream.of(Layout.values()) : Stream.of(Chosen.COMPUTE.layout()))
        .map(GoldenDevice::as)
        .toList();
  }

  /** With the given layout, else with {@code usual}; one thread. */
  static Compute or(Layout usual) {
    return as(LAYOUT.isEmpty() ? usual : Chosen.COMPUTE.layout());
  }

  private static Compute as(Layout layout) {
    return new Compute(
        Chosen.COMPUTE.device(), false, 1, layout, Compute.Kernel.DETERMINISTIC, false);
  }

  /** Puts a network there, in rows of pixels where no layout is given. */
  static <N extends Layer> N placed(N network) {
    or(Layout.NCHW).place(network);
    return network;
  }

  /** An input there. */
  static Tensor sent(Tensor host) {
    return Chosen.COMPUTE.sent(host);
  }
}
