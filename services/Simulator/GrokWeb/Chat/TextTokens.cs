namespace GrokForge.Simulator.GrokWeb.Chat;

/// <summary>Cuts a text into tokens of one word and the blanks after it, as a model would stream it.</summary>
internal static class TextTokens
{
    public static List<string> Split(string text)
    {
        List<string> tokens = [];
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i - 1]) && !char.IsWhiteSpace(text[i]))
            {
                tokens.Add(text[start..i]);
                start = i;
            }
        }

        if (start < text.Length)
        {
            tokens.Add(text[start..]);
        }

        return tokens;
    }
}
