package io.winnow.model.unet;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;

/** Activations that the way down leaves for the way up, last in first out. */
final class Skips {
  private final Deque<Tensor> stack = new ArrayDeque<>();

  Skips(Tensor first) {
    push(first);
  }

  void push(Tensor h) {
    stack.push(h);
  }

  Tensor pop() {
    return stack.pop();
  }

  /** The latest activation, which stays on the stack. */
  Tensor last() {
    return stack.element();
  }
}
