namespace GrokForge.EndToEnd.Tests;

