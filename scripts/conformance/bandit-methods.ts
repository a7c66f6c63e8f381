import { floorShares, normalArms, normalBestArm, opportunityLoss, topTwoShares } from '../../stats/index.ts';
import { type Method, number, numbers } from './case-input.ts';

export const banditMethods: Record<string, Method> = {
  top_two_allocation: (input) => {
    const { probabilityBest, probabilitySmallest } = normalBestArm(
      normalArms(numbers(input, 'means'), numbers(input, 'sds')),
    );
    const beta = input.beta === undefined ? 0.5 : number(input, 'beta');
    return {
      prob_best: probabilityBest,
      prob_smallest: probabilitySmallest,
      top_two_thompson_beta_half: topTwoShares(probabilityBest, beta),
      top_two_thompson_smaller_is_better: topTwoShares(probabilitySmallest, beta),
    };
  },
  allocation_floor: (input) => {
    const shares = floorShares(numbers(input, 'weights'), number(input, 'floor'));
    return { additive_floor: shares, sum: shares.reduce((total, share) => total + share, 0) };
  },
  expected_opportunity_loss: (input) => {
    const result = opportunityLoss(normalArms(numbers(input, 'means'), numbers(input, 'sds')));
    return {
      leader: result.leader,
      E_max: result.expectedMaximum,
      expected_loss_of_leader: result.losses[result.leader],
    };
  },
};
