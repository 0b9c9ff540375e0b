package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.data.ImageSource;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Outputs;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.SampleLosses;
import io.winnow.diffusion.TokenMask;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Lets a run do what it does and writes down what its networks and weightings are asked. */
final class WiringSpy implements Witness {
  /** Positions of every batch that a training fetched, in order. */
  final Map<String, List<int[]>> batches = new HashMap<>();

  /** What a network was asked, by its role. */
  final Map<String, List<Asked>> asked = new HashMap<>();

  /** Every network by its role; freed once its stage is done. */
  final Map<String, DenoisingNetwork> networks = new HashMap<>();

  /** The weights that a network had when its last epoch was over, by training. */
  final Map<String, Map<String, float[]>> last = new HashMap<>();

  /** Updates that a weighting took part in, by training. */
  final Map<String, List<Weighed>> weighed = new HashMap<>();

  private final NoiseSchedule schedule;

  /** One call of a network, with its weights before any update that follows from it. */
  @SuppressWarnings("ArrayRecordComponent") // a note, never compared
  record Asked(
      float[] xt,
      long[] t,
      long[] y,
      float[] predicted,
      boolean training,
      @OrNull long[] kept, // tokens of a masked pass, null for a pass over all
      Map<String, float[]> weights) {}

  /** One update: what was noised, and the coefficients that the weighting gave. */
  static final class Weighed {
    int[] indices;
    int[] groups;
    long[] t;
    long[] y;
    float[] x0;
    float[] eps;
    double[] losses;
    double[] compared;
    double[] coefficients;
  }

  WiringSpy(NoiseSchedule schedule) {
    this.schedule = schedule;
  }

  @Override
  public ImageSource images(String training, ImageSource images) {
    List<int[]> seen = batches.computeIfAbsent(training, name -> new ArrayList<>());
    return new ImageSource() {
      @Override
      public int size() {
        return images.size();
      }

      @Override
      public int channels() {
        return images.channels();
      }

      @Override
      public int height() {
        return images.height();
      }

      @Override
      public int width() {
        return images.width();
      }

      @Override
      public int[] labels() {
        return images.labels();
      }

      @Override
      public synchronized Tensor batch(int[] indices) {
        seen.add(indices.clone());
        return images.batch(indices);
      }
    };
  }

  @Override
  public Denoiser network(String role, DenoisingNetwork network) {
    networks.put(role, network);
    List<Asked> calls = asked.computeIfAbsent(role, name -> new ArrayList<>());
    return new Listening(network, calls);
  }

  /** A network that writes down what it is asked. */
  private record Listening(DenoisingNetwork network, List<Asked> calls) implements MaskedDenoiser {
    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition y) {
      return noted(xt, t, y, null, () -> network.predict(xt, t, y));
    }

    @Override
    public Prediction predictMasked(Tensor xt, Tensor t, Condition y, TokenMask mask) {
      MaskedDenoiser masked = (MaskedDenoiser) network;
      long[] kept = Tensors.longs(mask.kept());
      return noted(xt, t, y, kept, () -> masked.predictMasked(xt, t, y, mask));
    }

    private Prediction noted(
        Tensor xt, Tensor t, Condition y, @OrNull long[] kept, Supplier<Prediction> answer) {
      Map<String, float[]> weights = weights(network);
      Prediction predicted = answer.get();
      calls.add(
          new Asked(
              Tensors.floats(xt),
              Tensors.longs(t),
              labels(y),
              Tensors.floats(Outputs.of(predicted).detach()),
              network.training(),
              kept,
              weights));
      return predicted;
    }

    @Override
    public int tokens() {
      return ((MaskedDenoiser) network).tokens();
    }

    @Override
    public MaskRule maskRule() {
      return network instanceof MaskedDenoiser masked ? masked.maskRule() : null;
    }
  }

  /** Null where no classes are told. */
  private static long[] labels(Condition condition) {
    return condition.labels() == null ? null : Tensors.longs(condition.labels());
  }

  static Map<String, float[]> weights(Parameterized network) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    network
        .parameters()
        .forEach((name, tensor) -> weights.put(name, Tensors.floats(tensor.detach())));
    return weights;
  }

  /**
   * Takes part in every update, so that it is shown the noise, and gives what the weighting gives.
   */
  @Override
  public LossWeighting weighting(String training, LossWeighting weighting) {
    List<Weighed> updates = weighed.computeIfAbsent(training, name -> new ArrayList<>());
    return new LossWeighting() {
      @Override
      public void begin(WatchedRun run) {
        weighting.begin(run);
      }

      @Override
      public boolean watches() {
        return true;
      }

      @Override
      public void watch(TrainStep step, SampleLosses losses) {
        Weighed update = noised(step);
        update.losses = Tensors.doubles(losses.trained());
        update.compared = Tensors.doubles(losses.compared());
        updates.add(update);
        if (weighting.watches()) {
          weighting.watch(step, losses);
        }
      }

      @Override
      public void update() {
        if (weighting.watches()) {
          weighting.update();
        }
      }

      @Override
      public double[] coefficients(int[] groups) {
        double[] coefficients = weighting.coefficients(groups);
        updates.get(updates.size() - 1).coefficients = coefficients.clone();
        return coefficients;
      }

      @Override
      public double[] samplingProbabilities() {
        return weighting.samplingProbabilities();
      }

      @Override
      public Map<String, Double> endEpoch(TrainListener listener) {
        last.put(training, weights(networks.get(training)));
        return weighting.endEpoch(listener);
      }

      @Override
      public String identity() {
        return weighting.identity();
      }

      @Override
      public String state() {
        return weighting.state();
      }

      @Override
      public void restore(String state, long step) {
        weighting.restore(state, step);
      }
    };
  }

  private Weighed noised(TrainStep step) {
    Weighed one = new Weighed();
    one.indices = step.indices().clone();
    one.groups = step.groups().clone();
    one.t = Tensors.longs(step.passes().full().t());
    one.y = labels(step.passes().full().condition());
    try (Scope scope = Scope.open()) {
      float[] xt = Tensors.floats(step.passes().full().xt());
      float[] eps = Tensors.floats(step.passes().full().eps().mul(new Scalar(1.0)));
      one.eps = eps;
      one.x0 = new float[xt.length];
      int size = xt.length / one.t.length;
      double[] signal = schedule.sqrtAlphaBar();
      double[] noise = schedule.sqrtOneMinusAlphaBar();
      for (int i = 0; i < xt.length; i++) {
        int t = (int) one.t[i / size];
        one.x0[i] = (float) ((xt[i] - noise[t] * eps[i]) / signal[t]);
      }
    }
    return one;
  }
}
