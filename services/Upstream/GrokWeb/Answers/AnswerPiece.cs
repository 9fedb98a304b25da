using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>A piece of an answer: an event, or a picture that has to be fetched to become one.</summary>
internal readonly record struct AnswerPiece(ChatEvent? Event, ImageReference? Image);

/// <summary>A picture of the upstream's.</summary>
/// <param name="Address">Where it is, in the upstream's own words; never leaves the service.</param>
/// <param name="Alt">What stands for it where it cannot be shown.</param>
internal sealed record ImageReference(string Address, string Alt);
