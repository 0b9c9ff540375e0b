package io.winnow.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.reweight.Absent;
import io.winnow.reweight.Average;
import io.winnow.reweight.Clip;
import io.winnow.reweight.DoremiUpdate;
import io.winnow.reweight.ExcessLoss;
import io.winnow.reweight.GroupDroUpdate;
import io.winnow.reweight.LossForm;
import io.winnow.tensor.Tensors;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Handlers of the updates of class weights. */
final class ReweightGolden {
  private ReweightGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "doremi_update", ReweightGolden::doremi, "group_dro_update", ReweightGolden::groupDro);
  }

  private static void doremi(Fixture fixture) {
    JsonNode config = fixture.config();
    double[] initial = doubles(config.get("initial_domain_weights"));
    DoremiUpdate rule =
        new DoremiUpdate(
            initial,
            config.get("initial_perdomain_scores").asDouble(),
            config.get("reweight_eps").asDouble(),
            Absent.LAST,
            Average.WITH_INITIAL);
    double[] proxy = Tensors.doubles(fixture.in("proxy_loss"));
    double[] reference = Tensors.doubles(fixture.in("reference_loss"));
    long[] shape = fixture.in("proxy_loss").shape();
    int steps = (int) shape[0];
    int batch = (int) shape[1];
    int elements = (int) shape[2];
    int[] labels = ints(fixture.in("labels"));
    Series series = new Series(steps, initial.length, batch);
    for (int s = 0; s < steps; s++) {
      int[] groups = java.util.Arrays.copyOfRange(labels, s * batch, (s + 1) * batch);
      ExcessLoss excess = new ExcessLoss(initial.length, Clip.SAMPLE);
      for (int i = 0; i < batch * elements; i++) {
        int at = s * batch * elements + i;
        excess.add(groups[i / elements], proxy[at], reference[at]);
      }
      rule.update(excess.signals(), config.get("reweight_eta").asDouble(), 1);
      double[] weights = LossForm.NORMALIZED.coefficients(rule.alpha(), initial, groups);
      for (int i = 0; i < batch * elements; i++) {
        series.loss[s] += weights[i / elements] * proxy[s * batch * elements + i] / elements;
      }
      series.put(s, rule.alpha(), rule.mean(), rule.signals(), weights);
    }
    fixture.compare("alpha", Tensors.of(series.first, steps, initial.length));
    fixture.compare("alpha_avg", Tensors.of(series.second, steps, initial.length));
    fixture.compare("perdomain_scores", Tensors.of(series.third, steps, initial.length));
    fixture.compare("loss", Tensors.of(series.loss, steps));
    fixture.compare("sample_weight", Tensors.of(series.weights, steps, batch));
  }

  private static GroupDroUpdate groupDroRule(JsonNode config) {
    JsonNode adjustment = config.path("generalization_adjustment");
    int k = config.get("n_groups").asInt();
    return new GroupDroUpdate(
        new GroupDroUpdate.Settings(
            config.get("robust_step_size").asDouble(),
            config.get("use_normalized_loss").asBoolean(),
            adjustment.isArray() ? doubles(adjustment) : null,
            config.get("btl").asBoolean(),
            config.get("alpha").asDouble(),
            config.get("gamma").asDouble(),
            config.get("minimum_variational_weight").asDouble()),
        Tensors.longs(Tensors.of(doubles(config.get("group_counts")), k)));
  }

  private static void groupDro(Fixture fixture) {
    GroupDroUpdate rule = groupDroRule(fixture.config());
    int k = fixture.config().get("n_groups").asInt();
    double[] losses = Tensors.doubles(fixture.in("losses"));
    int[] labels = ints(fixture.in("labels"));
    int steps = (int) fixture.in("losses").size(0);
    int batch = (int) fixture.in("losses").size(1);
    Series series = new Series(steps, k, batch);
    for (int s = 0; s < steps; s++) {
      double[] mean = new double[k];
      long[] counts = new long[k];
      for (int i = s * batch; i < (s + 1) * batch; i++) {
        mean[labels[i]] += losses[i];
        counts[labels[i]]++;
      }
      for (int c = 0; c < k; c++) {
        mean[c] /= Math.max(counts[c], 1);
      }
      GroupDroUpdate.Step step = rule.update(mean, counts, 1);
      double[] weights = new double[batch];
      for (int i = 0; i < batch; i++) {
        int label = labels[s * batch + i];
        weights[i] = step.weights()[label] / counts[label];
      }
      series.loss[s] = step.loss();
      series.put(s, rule.probabilities(), rule.averageLoss(), new double[k], weights);
    }
    fixture.compare("adv_probs", Tensors.of(series.first, steps, k));
    fixture.compare("exp_avg_loss", Tensors.of(series.second, steps, k));
    fixture.compare("loss", Tensors.of(series.loss, steps));
    fixture.compare("sample_weight", Tensors.of(series.weights, steps, batch));
  }

  /** What every step gave, row by row. */
  private static final class Series {
    final double[] first;
    final double[] second;
    final double[] third;
    final double[] loss;
    final double[] weights;

    Series(int steps, int k, int batch) {
      first = new double[steps * k];
      second = new double[steps * k];
      third = new double[steps * k];
      loss = new double[steps];
      weights = new double[steps * batch];
    }

    void put(int step, double[] a, double[] b, double[] c, double[] w) {
      System.arraycopy(a, 0, first, step * a.length, a.length);
      System.arraycopy(b, 0, second, step * b.length, b.length);
      System.arraycopy(c, 0, third, step * c.length, c.length);
      System.arraycopy(w, 0, weights, step * w.length, w.length);
    }
  }

  private static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }

  private static int[] ints(Tensor tensor) {
    long[] wide = Tensors.longs(tensor);
    int[] values = new int[wide.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.toIntExact(wide[i]);
    }
    return values;
  }
}
