using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>Estimates the tokens of a prompt: texts, names, the custom instruction, tools, calls of earlier turns and pictures.</summary>
internal static class PromptEstimate
{
    // OpenAI's rule for pictures in high detail: fitted into a square of 2048, the shorter edge brought down to 768, then 170 tokens for each tile of 512 and 85 for all.
    private const int Square = 2048;
    private const int ShorterEdge = 768;
    private const int Tile = 512;
    private const int TokensOfTile = 170;
    private const int TokensOfPicture = 85;

    public static async ValueTask<int> CountAsync(ChatWork work, TokenEstimate estimate) => await estimate.CountAsync(Texts(work.Call)) + work.PictureTokens;

    /// <summary>The pictures of a request together.</summary>
    public static int PicturesOf(ChatRequest request) => request.Messages.SelectMany(m => m.Parts).Sum(p => p.Attachment is { IsImage: true } a ? PictureOf(a.Width, a.Height) : 0);

    public static int PictureOf(int width, int height)
    {
        if (width < 1 || height < 1)
            return TokensOfPicture;
        var scale = Math.Min(1, (double)Square / Math.Max(width, height));
        scale = Math.Min(scale, (double)ShorterEdge / Math.Min(width, height));
        return TokensOfPicture + (TokensOfTile * Tiles(width * scale) * Tiles(height * scale));
    }

    private static int Tiles(double edge) => Math.Max(1, (int)Math.Ceiling(Math.Round(edge, 3) / Tile));

    private static IEnumerable<string> Texts(ChatCall call) =>
        call.Messages.SelectMany(m => m.Parts.Select(p => p.Text).Append(m.Name).Append(m.ToolCalls.ToStringUtf8()))
            .Append(call.CustomInstruction).Append(call.ToolChoice.ToStringUtf8()).Append(call.Tools.ToStringUtf8()).Append(call.ResponseFormat.ToStringUtf8()).Where(t => t.Length > 0);
}
